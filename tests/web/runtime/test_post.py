"""Faces from raw weights: JavaScript's profiles give Python's frames, with every option."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pytest

import a2e
from a2e.arrays import Floats
from a2e.data import MODEL
from a2e.post import Post, names_of
from a2e.random import Random
from a2e.shapes import ARKIT
from tests.web.runtime.exchange import ask
from tests.web.runtime.test_constants import camel_case
from tests.web.runtime.voices import RATE, noise, scene

TOLERANCE = 1e-6
SWITCHES = [field.name for field in fields(a2e.Live)]
SECONDS = 5


def pauses() -> Floats:
    """Noise with a pause in each half second, of 0 to 14 frames."""
    audio = noise(SECONDS * RATE)
    for number, frames in enumerate((7, 8, 6, 14, 7, 10, 0, 3, 8, 7)):
        start = max(0, number * RATE // 2 - RATE // 15)  # some begin just before a hop
        audio[start : start + frames * RATE // 30] = 0
    return audio


class Case(NamedTuple):
    """A profile, for a model of these shapes at this frame rate."""

    post: Post
    shapes: Sequence[str] = ARKIT
    fps: int = 30
    audio: Callable[[], Floats] = scene


CASES: dict[str, Case] = {
    "live": Case(a2e.Live()),
    **{f"live, {n} switched": Case(a2e.Live(**{n: not getattr(a2e.Live(), n)})) for n in SWITCHES},
    "live, all": Case(a2e.Live(brows=True, head=True)),
    "live, all, low latency": Case(a2e.Live(brows=True, head=True, low_latency=True)),
    "live, nothing": Case(a2e.Live(**dict.fromkeys(SWITCHES, False))),
    "live, other shapes": Case(a2e.Live(brows=True, head=True), ARKIT[13::-1]),
    "live, 60 fps": Case(a2e.Live(brows=True, head=True), fps=60),
    "live, 24 fps": Case(a2e.Live(brows=True, head=True), fps=24),
    "upstream": Case(a2e.Upstream()),
    "upstream, pauses": Case(a2e.Upstream(), audio=pauses),
    "upstream, no blinks": Case(a2e.Upstream(blinks=False)),
    "upstream, other shapes, 60 fps": Case(a2e.Upstream(), ARKIT[24:40], 60),
    "raw": Case(a2e.post.Raw()),
}


def weights_of(case: Case, raw: Floats) -> Floats:
    """Raw weights for a model of the case, with noise, so that every shape moves."""
    count = SECONDS * case.fps
    columns = [ARKIT.index(name) for name in case.shapes]
    rows = np.arange(count) * len(raw) // count
    moved = raw[rows][:, columns] + 0.2 * np.random.default_rng(0).standard_normal(
        (count, len(columns))
    )
    return np.clip(moved, 0, 1).astype(np.float32)


def hops_of(case: Case) -> list[int]:
    """Ends of hops, in frames; upstream's are of a second."""
    step = case.fps if isinstance(case.post, a2e.Upstream) else 3
    edges = np.arange(step, SECONDS * case.fps, step)
    chosen = np.random.default_rng(2).random(len(edges)) < 0.7
    return [*edges[chosen].tolist(), SECONDS * case.fps]


@pytest.fixture(scope="module")
def raw() -> Floats:
    """What the bundled model makes of the scene."""
    return a2e.load(MODEL).animate(scene(), RATE, post=None).weights


@pytest.fixture(scope="module")
def answers(raw: Floats) -> dict[str, dict[str, Any]]:
    """What JavaScript makes of each case."""
    cases = [
        {
            "profile": type(case.post).__name__,
            "settings": {camel_case(name): value for name, value in vars(case.post).items()},
            "shapes": case.shapes,
            "weights": weights_of(case, raw),
            "audio": case.audio(),
            "rate": RATE,
            "fps": case.fps,
            "seed": seed,
            "hops": hops_of(case),
        }
        for seed, case in enumerate(CASES.values())
    ]
    return dict(zip(CASES, ask("post.mjs", cases), strict=True))


def run(case: Case, weights: Floats, seed: int) -> Floats:
    """All frames, hop by hop."""
    state = case.post.start(case.shapes, case.fps, Random(seed))
    frames = [
        state.step(weights[a:b], case.audio()[a * RATE // case.fps : b * RATE // case.fps], RATE)
        for a, b in pairwise([0, *hops_of(case)])
    ]
    return np.concatenate([*frames, state.finish()])


@pytest.mark.parametrize("name", CASES)
def test_frames_are_pythons(name: str, raw: Floats, answers: dict[str, dict[str, Any]]) -> None:
    case, answer = CASES[name], answers[name]
    names = names_of(case.post, case.shapes)
    frames = run(case, weights_of(case, raw), list(CASES).index(name))
    assert answer["names"] == list(names)
    assert answer["delay"] == case.post.delay
    np.testing.assert_allclose(
        answer["frames"].reshape(-1, len(names)), frames, atol=TOLERANCE, rtol=0
    )


@pytest.mark.parametrize("name", [name for name in CASES if not name.startswith("upstream")])
def test_hops_do_not_matter(name: str, answers: dict[str, dict[str, Any]]) -> None:
    np.testing.assert_array_equal(answers[name]["frames"], answers[name]["whole"])


@pytest.mark.parametrize("name", CASES)
def test_a_fork_gives_the_end_and_leaves_no_trace(
    name: str, answers: dict[str, dict[str, Any]]
) -> None:
    """(No trace: the frames above came from states that were forked after every hop.)"""
    frames, last = answers[name]["frames"], answers[name]["last"]
    assert len(last) == CASES[name].post.delay * len(answers[name]["names"])
    np.testing.assert_array_equal(last, frames[len(frames) - len(last) :])
