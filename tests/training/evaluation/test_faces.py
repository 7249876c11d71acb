"""Scores against captured faces: known where the truth is the model's own face."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

import a2e
from a2e.shapes import ARKIT
from training.evaluation.faces import area_under_curve, evaluate

RATE = 16_000


@pytest.fixture(scope="module")
def face() -> tuple[np.ndarray, np.ndarray]:
    """The sample's sound and weights."""
    path = Path(a2e.__file__).parent / "data" / "speech.flac"
    audio, rate = soundfile.read(path, dtype="float32")
    assert rate == RATE
    return audio, a2e.load().animate(audio, rate, post=None).weights


def capture(folder: Path, audio: np.ndarray, weights: np.ndarray) -> None:
    group = folder / "somebody"
    group.mkdir()
    soundfile.write(group / "clip.flac", audio, RATE)
    np.savez(group / "clip.npz", fps=30.0, names=np.array(ARKIT), weights=weights)


def test_the_very_face_scores_highest(tmp_path: Path, face: tuple[np.ndarray, np.ndarray]) -> None:
    audio, weights = face
    capture(tmp_path, audio, weights)
    scores = evaluate(tmp_path, lambda *_: weights)["somebody"]
    for name in ("jaw", "lips", "round", "closed", "jaw deviation", "round reach"):
        assert scores[name] == pytest.approx(1, abs=1e-3), name
    assert scores["lag"] == 0


def test_half_of_a_face_two_frames_late_is_told_so(
    tmp_path: Path, face: tuple[np.ndarray, np.ndarray]
) -> None:
    audio, weights = face
    capture(tmp_path, audio, weights)
    late = 0.5 * np.roll(weights, 2, axis=0)
    scores = evaluate(tmp_path, lambda *_: late)["somebody"]
    assert scores["lag"] == 2
    assert scores["jaw deviation"] == pytest.approx(0.5, abs=0.02)
    assert scores["jaw"] < 0.97


def test_a_still_face_scores_nothing(tmp_path: Path, face: tuple[np.ndarray, np.ndarray]) -> None:
    audio, weights = face
    capture(tmp_path, audio, weights)
    scores = evaluate(tmp_path, lambda *_: np.zeros_like(weights))["somebody"]
    assert scores["jaw"] == scores["lips"] == 0
    assert scores["closed"] == pytest.approx(0.5)


def test_the_area_counts_pairs_and_half_of_ties() -> None:
    score = np.array([0.1, 0.4, 0.4, 0.9])
    positive = np.array([False, True, False, True])
    assert area_under_curve(score, positive) == pytest.approx((1 + 0.5 + 1 + 1) / 4)
