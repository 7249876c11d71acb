"""What an abuse does to others: the loop, the memory, and a well-behaved client beside it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from tests.harness.faults.bystander import Bystander
from tests.harness.faults.target import KEY, Target
from tests.harness.probed import longest_hold
from tests.harness.server import Process, probed, server

MOST_HOLD_MS = 50
"""Longest time that the event loop may be held up."""
MOST_MEMORY_MB = 64
"""Beyond what the service held before."""
MOST_GAP_SECONDS = 1.5
"""Longest time between two messages of frames for a client who speaks all the while."""
SPEAKS_BEFORE = 0.5
"""Seconds."""
SEND_TIMEOUT = 1.0
LIMITS: dict[str, Any] = {
    "max_streams": 8,
    "max_seconds": 20,
    "max_sessions": 16,
    "send_timeout": SEND_TIMEOUT,
}
"""Of the service; others are its defaults."""

Abuse = Callable[["Victim"], Awaitable[str]]
ABUSES: dict[str, Abuse] = {}


@dataclass(frozen=True)
class Victim(Target):
    """A service of its own, watched."""

    process: Process
    holds: Path
    """Where its probe writes."""

    def held(self, since: float) -> float:
        """Milliseconds of the longest hold of its event loop since a time."""
        return 1_000 * longest_hold(self.holds, since)


@contextmanager
def victim() -> Iterator[Victim]:
    """A probed service with ``LIMITS``."""
    options = [f"--{name.replace('_', '-')}={value}" for name, value in LIMITS.items()]
    with TemporaryDirectory() as folder:
        holds = Path(folder) / "holds"
        holds.touch()
        with server([*options, "--api-key", KEY], command=probed(holds)) as served:
            yield Victim(served.url, served, holds)


def abuse(name: str) -> Callable[[Abuse], Abuse]:
    """Names an abuse; the function commits it, and returns what the service did."""

    def register(function: Abuse) -> Abuse:
        ABUSES[name] = function
        return function

    return register


class Harm(NamedTuple):
    """What an abuse did to others."""

    outcome: str
    hold_ms: float
    """Longest hold of the event loop."""
    memory_mb: float
    """Peak beyond what was held before."""
    gap_seconds: float
    """Longest time between two messages of the bystander's frames."""

    def __str__(self) -> str:
        return (
            f"{self.outcome}; loop held {self.hold_ms:.0f} ms, {self.memory_mb:.0f} MB more, "
            f"frames {self.gap_seconds:.1f} s apart"
        )


async def endure(victim: Victim, name: str) -> str:
    """Commits an abuse; raises ``AssertionError`` where it harmed others beyond the limits."""
    harm = await commit(victim, name)
    assert harm.hold_ms <= MOST_HOLD_MS, str(harm)
    assert harm.memory_mb <= MOST_MEMORY_MB, str(harm)
    assert harm.gap_seconds <= MOST_GAP_SECONDS, str(harm)
    return str(harm)


async def commit(victim: Victim, name: str) -> Harm:
    """Commits an abuse beside a bystander.

    Raises ``AssertionError`` where the service answers otherwise than it should, or the bystander
    lacks frames.
    """
    await warm_up(victim)
    speaking = asyncio.Event()
    speaking.set()
    bystander = Bystander(victim)
    speech = asyncio.create_task(bystander.speak(speaking))
    await asyncio.sleep(SPEAKS_BEFORE)
    before, start = victim.process.begin_peak(), time.monotonic()
    try:
        outcome = await ABUSES[name](victim)
    finally:
        memory, hold = victim.process.peak() - before, victim.held(start)
        speaking.clear()
        await asyncio.wait([speech])
    speech.result()
    return Harm(outcome, hold, memory, bystander.longest_gap())


async def warm_up(victim: Victim) -> None:
    """A good request, so that what is loaded once is loaded."""
    answer = await victim.post(audio_base64="AAAA" * 2_000, audio_format="pcm")
    assert answer.status_code == 200, answer.text[:200]
