"""The teacher: what people do with phones, with contacts and rest guaranteed."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from a2e.shapes import ARKIT
from training.labels.curves import CLOSED_GAP, FPS, lip_gap
from training.labels.targets import STYLES, targets
from training.labels.teacher import posed, teacher
from training.labels.teaching import Lesson, learn, ridge
from training.speech.utterance import SAMPLE_RATE, Phone

WORDS = ["", "b", "ɑ", "m", "i", "p", "uː", "f", "aʊ", "v", "ɛ", "m", ""]
EDGES = np.cumsum([0, 0.8, *[0.11] * (len(WORDS) - 2), 1.0])
PHONES = [Phone(s, float(a), float(b), 2) for s, (a, b) in zip(WORDS, pairwise(EDGES), strict=True)]


@pytest.fixture(scope="module")
def curves() -> np.ndarray:
    rng = np.random.default_rng(0)
    audio = rng.normal(0, 0.1, int(EDGES[-1] * SAMPLE_RATE)).astype(np.float32)
    audio[: int(EDGES[1] * SAMPLE_RATE)] *= 1e-3
    audio[int(EDGES[-2] * SAMPLE_RATE) :] *= 1e-3
    return teacher().curves(PHONES, audio)


def test_every_bilabial_shuts_the_lips_in_every_style(curves: np.ndarray) -> None:
    assert curves.shape[1:] == (len(STYLES), 52)
    assert curves.min() >= 0
    assert curves.max() <= 1
    for phone in PHONES:
        frames = curves[int(phone.start * FPS) - 1 : int(np.ceil(phone.end * FPS)) + 1]
        if phone.labial:
            assert (lip_gap(frames).min(axis=0) < CLOSED_GAP).all(), phone
        if phone.symbol == "ɑ":
            assert (lip_gap(frames).max(axis=0) > CLOSED_GAP).all(), phone


def test_in_long_silence_the_mouth_rests(curves: np.ndarray) -> None:
    mouth = [i for i, name in enumerate(ARKIT) if name.startswith(("jaw", "mouth"))]
    first, last = int((EDGES[1] - 0.46) * FPS), int((EDGES[-2] + 0.4) * FPS)
    assert curves[:first, :, mouth].max() < 0.01
    assert curves[last:, :, mouth].max() < 0.01


def test_styles_open_more_and_less(curves: np.ndarray) -> None:
    jaw = curves[:, :, ARKIT.index("jawOpen")].mean(axis=0)
    neutral, wide, subtle = jaw
    assert subtle < neutral < wide


def test_a_pose_has_the_lips_distance_that_was_asked_for() -> None:
    rng = np.random.default_rng(1)
    audio = rng.normal(0, 0.1, int(EDGES[-1] * SAMPLE_RATE)).astype(np.float32)
    base = targets(PHONES, audio, 0)
    wanted = rng.uniform(0, 0.5, (len(base), 3))
    weights = posed(base, wanted, np.zeros(len(base)))
    jaw, close, lower = (
        weights[:, ARKIT.index(n)] for n in ("jawOpen", "mouthClose", "mouthLowerDownLeft")
    )
    np.testing.assert_allclose(jaw - close + 0.5 * lower, wanted[:, 1], atol=1e-5)
    np.testing.assert_allclose(jaw, wanted[:, 0], atol=1e-5)
    rounding = weights[:, [ARKIT.index("mouthPucker"), ARKIT.index("mouthFunnel")]].sum(axis=1)
    np.testing.assert_allclose(rounding, wanted[:, 2], atol=1e-5)


def test_a_teacher_learns_each_speakers_manner_in_units_of_its_own() -> None:
    rng = np.random.default_rng(2)
    truth = rng.normal(0, 1, (5, 3))
    lessons = []
    for speaker, scale, shift in (("s1", 1.0, 0.0), ("s2", 30.0, 7.0), ("s2", 30.0, 7.0)):
        given = rng.normal(0, 1, (300, 5))
        lessons.append(Lesson(speaker, given, rng.normal(0.2, 0.1, (300, 3)), given @ truth))
        lessons[-1].captured[:] = lessons[-1].captured * scale + shift
    teacher = learn(lessons)
    centre = teacher.weights.reshape(-1, 5, 3)[8]  # of the frames around, the frame itself
    directions = truth / np.linalg.norm(truth, axis=0)
    found = centre / np.linalg.norm(centre, axis=0)
    assert (np.sum(directions * found, axis=0) > 0.98).all()
    np.testing.assert_allclose(teacher.middle, 0.2, atol=0.02)


def test_ridge_weighs_rows_by_their_share() -> None:
    given = np.array([[0.0], [1.0], [1.0]])
    wanted = np.array([[0.0], [2.0], [9.0]]) * np.ones(3)
    weights, offset = ridge(given, wanted, np.array([0.5, 0.5, 0.0]))
    np.testing.assert_allclose(weights + offset, 2.0, atol=0.05)
