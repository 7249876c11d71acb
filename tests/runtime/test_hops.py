"""Hops: any cutting gives the same, and what lookahead holds back is never lost or doubled."""

from __future__ import annotations

from copy import copy

import numpy as np
import pytest

from a2e.arrays import Floats
from a2e.hops import Hop, Hops
from a2e.model import Model
from tests.conftest import IDENTITY


def hops_of(model: Model) -> Hops:
    return Hops(model.graph, model.style(IDENTITY))


def whole(hops: list[Hop]) -> tuple[Floats, Floats]:
    """Weights [n, shapes] and audio [m] of all hops."""
    return np.concatenate([h.weights for h in hops]), np.concatenate([h.audio for h in hops])


@pytest.fixture(scope="module")
def model(ahead_model: Model) -> Model:
    return ahead_model


@pytest.mark.parametrize("cuts", [[], [1], [700, 1_600, 1_601], [4_800, 9_000, 15_999]])
def test_any_cutting_gives_equal_hops(model: Model, speech: Floats, cuts: list[int]) -> None:
    single, cut = hops_of(model), hops_of(model)
    expected = [*single.push(speech[:16_000]), *single.finish(30)]
    actual = [hop for part in np.split(speech[:16_000], cuts) for hop in cut.push(part)]
    actual += cut.finish(30)
    for left, right in zip(whole(expected), whole(actual), strict=True):
        assert np.array_equal(left, right)


def test_each_frame_stands_beside_its_audio(model: Model, speech: Floats) -> None:
    hops = hops_of(model)
    weights, audio = whole([*hops.push(speech[:16_000]), *hops.finish(30)])
    assert len(weights) == 30
    assert np.array_equal(audio, speech[:16_000])


def test_lookahead_only_delays(model: Model, speech: Floats) -> None:
    """No frame comes before the audio to its right has been taken, and none later."""
    spec, hops = model.spec, hops_of(model)
    for taken in range(1, 11):
        part = speech[(taken - 1) * spec.hop_samples : taken * spec.hop_samples]
        list(hops.push(part))
        assert hops.frames == max(0, taken * spec.hop - spec.lookahead)


def test_nothing_is_due_for_no_audio(model: Model) -> None:
    assert list(hops_of(model).finish(0)) == []


def test_a_copy_goes_on_by_itself(model: Model, speech: Floats) -> None:
    hops = hops_of(model)
    list(hops.push(speech[:5_000]))
    fork, frames = copy(hops), hops.frames
    ended = whole([*fork.finish(10)])[0]
    assert len(ended) == 10 - frames
    resumed = whole([*hops.finish(10)])[0]
    assert hops.frames == fork.frames
    assert np.array_equal(ended, resumed)
