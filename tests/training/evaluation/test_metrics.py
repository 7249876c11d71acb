"""Metrics: they count what the model card says they count."""

from __future__ import annotations

import math

import numpy as np
import pytest

from a2e.shapes import ARKIT
from training.evaluation import metrics
from training.evaluation.metrics import Floats, Sample
from training.labels.curves import CLOSED_GAP
from training.speech.utterance import Phone

JAW, CLOSE = ARKIT.index("jawOpen"), ARKIT.index("mouthClose")


def moving(frames: int, seed: int = 0) -> Floats:
    """Smooth random weights [frames, 52]."""
    noise = np.random.default_rng(seed).random((frames + 8, 52))
    smooth = np.stack([noise[i : i + frames] for i in range(8)]).mean(axis=0)
    return smooth.astype(np.float32)


def open_mouth(frames: int) -> Floats:
    weights = np.zeros((frames, 52), np.float32)
    weights[:, JAW] = 0.5
    return weights


def test_correlation_cares_for_the_course_and_not_for_the_size() -> None:
    wanted = moving(200)[:, JAW]
    assert metrics.correlation(0.3 * wanted + 0.1, wanted) == pytest.approx(1)
    assert metrics.correlation(-wanted, wanted) == pytest.approx(-1)
    assert abs(metrics.correlation(moving(200, seed=1)[:, JAW], wanted)) < 0.5
    assert metrics.correlation(np.full_like(wanted, 0.2), wanted) == 0
    assert math.isnan(metrics.correlation(wanted, np.full_like(wanted, 0.2)))


def test_correlations_pool_the_frames_of_all_samples() -> None:
    wanted = moving(300)
    parts = [Sample("", [], wanted[a:b], wanted[a:b]) for a, b in ((0, 90), (90, 300))]
    scores = metrics.correlations(parts)
    assert set(scores) == set(metrics.SHAPES)
    assert all(score == pytest.approx(1) for score in scores.values())
    halved = [Sample("", [], parts[0].wanted, parts[0].made * 0.1), parts[1]]
    assert metrics.correlations(halved)["jawOpen"] < 0.95
    assert metrics.correlations([]) == {}


@pytest.mark.parametrize(("frame", "shut"), [(8, False), (9, True), (12, True), (13, False)])
def test_lips_count_as_closed_on_a_labial_and_one_frame_beside_it(frame: int, shut: bool) -> None:
    made = open_mouth(30)
    made[frame, CLOSE] = 0.5 - CLOSED_GAP / 2
    phones = [Phone("a", 0, 10 / 30), Phone("p", 10 / 30, 12 / 30), Phone("a", 12 / 30, 1)]
    assert metrics.closed_share([Sample("", phones, made, made)]) == (float(shut), 1)


def test_open_vowels_must_part_the_lips_unless_they_are_short() -> None:
    phones = [Phone("aː", 0, 0.5), Phone("a", 0.5, 0.55), Phone("i", 0.55, 1)]
    shut, apart = np.zeros((30, 52), np.float32), open_mouth(30)
    assert metrics.open_share([Sample("", phones, apart, shut)]) == (0.0, 1)
    assert metrics.open_share([Sample("", phones, apart, apart)]) == (1.0, 1)


def test_without_a_labial_there_is_no_share() -> None:
    share, count = metrics.closed_share([Sample("", [Phone("a", 0, 1)], *[open_mouth(30)] * 2)])
    assert math.isnan(share)
    assert count == 0


def test_rest_is_measured_inside_of_long_pauses_only() -> None:
    phones = [Phone("a", 0, 1), Phone("", 1, 2), Phone("a", 2, 3), Phone("", 3, 3.3)]
    made = open_mouth(99)
    made[30:60] = 0
    frames = metrics.rest_frames(Sample("", phones, made, made))
    assert 15 < len(frames) < 30
    assert metrics.rest(frames)["greatest jawOpen"] == 0
    assert metrics.rest(made)["mean jawOpen"] == pytest.approx(0.5 * 69 / 99)
    assert metrics.rest(made[:0]) == {}


@pytest.mark.parametrize("late", [-2, 0, 3])
def test_the_best_lag_is_how_late_the_model_is(late: int) -> None:
    wanted = moving(200)
    lag, score = metrics.best_lag(Sample("", [], wanted, np.roll(wanted, late, axis=0)))
    assert lag == late
    assert score == pytest.approx(1)
