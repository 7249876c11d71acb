"""A target: a reader, where its cases come from, and what one case may cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

MEMORY = 64_000_000
"""Bytes beyond what the process held before, that no case may take."""
BATCH = 50
"""Cases of a property for one seed."""


@dataclass(frozen=True)
class Target:
    """Something that reads what strangers send."""

    name: str
    cases: Callable[[int], Iterator[bytes]]
    """The cases of a seed, the same at every call."""
    attempt: Callable[[bytes], None]
    """Reads a case. An ``A2EError`` is a good answer, any other exception a finding."""
    warm_up: Sequence[Callable[[], bytes]] = ()
    """Good cases: they load what is loaded once, and are no findings."""
    seconds: float = 10
    """Processor time that a case may take."""
    memory: Callable[[bytes], float] = lambda case: MEMORY
    """Bytes that a case may take."""
    share: float = 1
    """Of the time, beside the others."""


def mutants(
    name: str, seeds: Callable[[], Sequence[bytes]], mutate: Callable[[bytes, Random], bytes]
) -> Callable[[int], Iterator[bytes]]:
    """Cases made from good files, one for each seed."""

    def cases(number: int) -> Iterator[bytes]:
        random = Random(f"{name} {number}")
        yield mutate(random.choice(seeds()), random)

    return cases


def examples(
    strategy: SearchStrategy[bytes], count: int = BATCH
) -> Callable[[int], Iterator[bytes]]:
    """Cases made by hypothesis, ``count`` for each seed."""

    def cases(number: int) -> Iterator[bytes]:
        made: list[bytes] = []

        @seed(number)
        @settings(
            max_examples=count,
            phases=(Phase.generate,),
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(strategy)
        def take(case: bytes) -> None:
            made.append(case)

        take()
        yield from made

    return cases
