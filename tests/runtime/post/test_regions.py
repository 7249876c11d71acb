"""Strength and smoothing by region: what moves, what stays, and that shut lips stay shut."""

from __future__ import annotations

import numpy as np
import pytest

import a2e
from a2e.post.closures import Closures
from a2e.post.moods import CLOSED_GAP
from a2e.post.regions import LIVING, REGIONS, RegionSmoother
from a2e.shapes import ARKIT, HEAD

NAMES = (*ARKIT, *HEAD)


def faces(count: int = 500) -> np.ndarray:
    """Random faces, many with shut lips."""
    rng = np.random.default_rng(0)
    frames = rng.uniform(0, 0.6, (count, len(NAMES))).astype(np.float32)
    for name in ("mouthLowerDown", "mouthUpperUp"):
        for side in ("Left", "Right"):
            frames[:, NAMES.index(name + side)] *= rng.choice([0.05, 1], count)
    close = frames[:, NAMES.index("jawOpen")] * rng.choice([0, 0.5, 1], count)
    frames[:, NAMES.index("mouthClose")] = close
    return frames


@pytest.mark.parametrize(
    "controls",
    [
        {"strength": 2.0},
        {"strength": 1.3, "regions": {"jaw": 2, "lips": 0.2}},
        {"regions": {"lips": 2}},
        {"regions": {"jaw": 0}},
        {"regions": {"lower": 0.5, "jaw": 1.5}},
        {"strength": 2.0, "mood": {"amazement": 1.0}},
    ],
)
def test_shut_lips_stay_shut(controls) -> None:
    frames, gap = faces(), Closures(NAMES).gap
    shut = gap(frames) < CLOSED_GAP
    assert 50 < shut.sum() < 450
    found = a2e.Controls(**controls).bind(NAMES)(frames)
    assert (gap(found)[shut] < CLOSED_GAP).all()


def test_strength_multiplies_what_speech_moves_and_nothing_else() -> None:
    frames = np.full((1, len(NAMES)), 0.3, np.float32)
    found = dict(zip(NAMES, a2e.Controls(strength=1.5).bind(NAMES)(frames)[0], strict=True))
    for name, weight in found.items():
        assert weight == pytest.approx(0.3 if name in LIVING else 0.45), name


def test_regions_multiply_their_own_shapes() -> None:
    frames = np.full((1, len(NAMES)), 0.3, np.float32)
    controls = a2e.Controls(regions={"brows": 0.5, "upper": 2, "eyes": 0})
    found = dict(zip(NAMES, controls.bind(NAMES)(frames)[0], strict=True))
    assert found["browInnerUp"] == pytest.approx(0.3)
    assert found["cheekSquintLeft"] == pytest.approx(0.6)
    assert found["eyeBlinkLeft"] == 0
    assert found["jawOpen"] == pytest.approx(0.3)


def test_every_shape_is_of_the_upper_or_the_lower_face() -> None:
    assert sorted((*REGIONS["upper"], *REGIONS["lower"])) == sorted(ARKIT)


def test_factors_of_one_change_no_bit() -> None:
    frames = faces()
    controls = a2e.Controls(strength=1, regions=dict.fromkeys(REGIONS, 1.0))
    assert np.array_equal(controls.bind(NAMES)(frames), a2e.Controls().bind(NAMES)(frames))


@pytest.mark.parametrize(
    ("controls", "message"),
    [
        ({"strength": 2.1}, "strength must be a number from 0 to 2; got 2.1"),
        ({"strength": -0.1}, "strength must be a number from 0 to 2"),
        ({"strength": float("nan")}, "strength must be a number from 0 to 2"),
        ({"strength": True}, "strength must be a number from 0 to 2"),
        ({"regions": {"brow": 1}}, "there is no region 'brow'; did you mean brows?"),
        ({"regions": {"jaw": "1"}}, "the region jaw must be a number from 0 to 2; got '1'"),
    ],
)
def test_what_cannot_be_is_refused(controls, message) -> None:
    with pytest.raises(a2e.OptionError, match=message.replace("?", r"\?")):
        a2e.Controls(**controls).bind(NAMES)


def test_smoothing_calms_its_region_alone_and_keeps_closures() -> None:
    frames, gap = faces(), Closures(NAMES).gap
    found = RegionSmoother(NAMES, 30, {"lower": 120, "brows": 60}).step(frames)
    change = np.abs(np.diff(found, axis=0)).mean(0) / np.abs(np.diff(frames, axis=0)).mean(0)
    for name in ("cheekPuff", "mouthPucker", "browInnerUp"):
        assert change[NAMES.index(name)] < 0.6
    for name in ("eyeBlinkLeft", "eyeLookUpLeft", "headYaw"):
        assert change[NAMES.index(name)] == 1
    shut = gap(frames) < CLOSED_GAP
    assert (gap(found)[shut] < CLOSED_GAP).all()


def test_smoothing_does_not_depend_on_cuts() -> None:
    frames = faces(60)
    whole = RegionSmoother(NAMES, 30, {"lower": 120}).step(frames)
    cut = RegionSmoother(NAMES, 30, {"lower": 120})
    parts = [cut.step(part) for part in np.split(frames, [1, 2, 10, 10, 31])]
    assert np.array_equal(np.concatenate(parts), whole)
