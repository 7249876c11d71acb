"""Moods: what they add, and that shut lips stay shut."""

from __future__ import annotations

import numpy as np
import pytest

import a2e
from a2e.data import SPEECH
from a2e.post.moods import ACTION_UNITS, CLOSED_GAP, CODE, MOODS, LipGap, shapes_of
from a2e.shapes import ARKIT
from training.labels import curves

COLUMN = {name: i for i, name in enumerate(ARKIT)}
MOODS_OF_AUDIO2FACE = {
    *("amazement", "anger", "cheekiness", "disgust", "fear"),
    *("grief", "joy", "outofbreath", "pain", "sadness"),
}


def apply(frames: np.ndarray, **mood: float) -> np.ndarray:
    return a2e.Controls(mood=mood).bind(ARKIT)(frames.astype(np.float32))


def random_mood(rng: np.random.Generator) -> dict[str, float]:
    names = rng.choice(sorted(MOODS), rng.integers(1, 5), replace=False)
    return {str(name): float(rng.choice([1.0, rng.random()])) for name in names}


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    """Every frame that the bundled model makes of the sample in each profile, [n, 52]."""
    model = a2e.load()
    posts = (a2e.Live(), a2e.Upstream(), None)
    return np.concatenate([model.animate_file(SPEECH, post=p, seed=0).weights for p in posts])


def test_moods_are_those_of_audio2face_made_of_known_parts() -> None:
    assert set(MOODS) == MOODS_OF_AUDIO2FACE
    for text in MOODS.values():
        codes = text.split()
        assert all(CODE.fullmatch(code) for code in codes)
        assert len({code[:-1] for code in codes}) == len(codes)
    assert {shape for shapes in ACTION_UNITS.values() for shape in shapes} <= set(ARKIT)


@pytest.mark.parametrize(
    ("mood", "more", "untouched"),
    [
        ("joy", ("mouthSmileLeft", "cheekSquintRight"), ("mouthFrownLeft", "browDownLeft")),
        ("sadness", ("browInnerUp", "mouthFrownLeft"), ("mouthSmileLeft", "eyeWideLeft")),
        ("anger", ("browDownLeft", "mouthPressRight"), ("browInnerUp", "mouthSmileLeft")),
        ("amazement", ("browInnerUp", "eyeWideLeft", "jawOpen"), ("browDownLeft",)),
        ("disgust", ("noseSneerLeft", "mouthUpperUpLeft"), ("mouthSmileLeft",)),
        ("pain", ("browDownLeft", "eyeSquintLeft", "eyeBlinkLeft"), ("mouthSmileLeft",)),
    ],
)
def test_a_mood_moves_what_its_emotion_moves(
    mood: str, more: tuple[str, ...], untouched: tuple[str, ...]
) -> None:
    open_mouth = np.zeros((1, 52))
    open_mouth[0, COLUMN["jawOpen"]] = 0.3
    moved = apply(open_mouth, **{mood: 1.0})[0] - open_mouth[0]
    assert all(moved[COLUMN[name]] > 0.1 for name in more)
    assert all(moved[COLUMN[name]] == 0 for name in untouched)


def test_cheekiness_is_one_sided() -> None:
    shapes = shapes_of("cheekiness")
    assert shapes["mouthSmileLeft"] > 2 * shapes["mouthSmileRight"] > 0
    assert "mouthDimpleRight" not in shapes


def test_strengths_are_shares_and_moods_add_up() -> None:
    face = np.zeros((1, 52))
    face[0, COLUMN["jawOpen"]] = 0.3
    one = apply(face, joy=1.0) - face
    np.testing.assert_allclose(apply(face, joy=0.25) - face, 0.25 * one, atol=1e-6)
    two = apply(face, joy=0.3, sadness=0.4) - face
    apart = apply(face, joy=0.3) + apply(face, sadness=0.4) - 2 * face
    np.testing.assert_allclose(two, apart, atol=1e-6)


def test_no_mood_is_nothing(speech: np.ndarray) -> None:
    plain = a2e.Controls().bind(ARKIT)(speech)
    for mood in ({}, {"joy": 0.0}):
        assert np.array_equal(a2e.Controls(mood=mood).bind(ARKIT)(speech), plain)


def test_the_lips_gap_is_the_recipes(speech: np.ndarray) -> None:
    assert curves.CLOSED_GAP == CLOSED_GAP
    np.testing.assert_allclose(LipGap(ARKIT)(speech), curves.lip_gap(speech), atol=1e-6)


@pytest.mark.parametrize("seed", range(40))
def test_no_mood_opens_shut_lips(speech: np.ndarray, seed: int) -> None:
    rng = np.random.default_rng(seed)
    mood = random_mood(rng)
    frames = rng.random((400, 52)) * rng.choice([0.0, 0.2, 1.0], (400, 52))
    for given in (speech, frames.astype(np.float32)):
        shut = curves.lip_gap(given) < CLOSED_GAP
        moved = apply(given, **mood)
        assert shut.any()
        assert (~shut).any()
        assert curves.lip_gap(moved)[shut].max() < CLOSED_GAP
        assert moved.min() >= 0
        assert moved.max() <= 1


def test_lips_open_further_without_a_jump() -> None:
    """From shut to open, a mood's share comes gradually."""
    face = np.zeros((301, 52))
    face[:, COLUMN["jawOpen"]] = np.linspace(0, 0.6, 301)
    jaw = apply(face, amazement=1.0)[:, COLUMN["jawOpen"]] - face[:, COLUMN["jawOpen"]]
    assert jaw[0] == 0
    assert jaw[-1] > 0.3
    assert np.abs(np.diff(jaw)).max() < 0.01


def test_a_blink_shuts_wide_eyes() -> None:
    face = np.zeros((2, 52))
    face[1, [COLUMN["eyeBlinkLeft"], COLUMN["eyeBlinkRight"]]] = 1
    wide = apply(face, amazement=1.0)[:, COLUMN["eyeWideLeft"]]
    assert wide[0] > 0.3
    assert wide[1] == 0


def test_a_mood_comes_before_gain_clamp_and_mute() -> None:
    controls = a2e.Controls(
        mood={"joy": 1.0}, gain={"mouthSmileLeft": 0.5}, mute=["mouthSmileRight"]
    )
    face = controls.bind(ARKIT)(np.zeros((1, 52), np.float32))[0]
    assert face[COLUMN["mouthSmileLeft"]] == pytest.approx(0.5 * shapes_of("joy")["mouthSmileLeft"])
    assert face[COLUMN["mouthSmileRight"]] == 0


def test_a_mood_changes_from_the_next_hop_on_whatever_the_cuts() -> None:
    model = a2e.load()
    with a2e.open_audio(SPEECH) as file:
        samples, rate = np.concatenate(list(file.blocks())), file.rate
    half = len(samples) // 2
    rng = np.random.default_rng(0)
    takes = []
    for pieces in (1, 12):
        stream = model.stream(rate, seed=0)
        cuts = np.sort(rng.integers(0, half, pieces - 1))
        parts = [stream.push(piece) for piece in np.split(samples[:half], cuts)]
        known = sum(map(len, parts))
        stream.change(controls=a2e.Controls(mood={"joy": 0.8}))
        parts += [stream.push(piece) for piece in np.split(samples[half:], cuts)]
        takes.append(np.concatenate([*parts, stream.flush()]))
    assert np.array_equal(*takes)
    plain = model.animate(samples, rate, seed=0).weights
    happy = model.animate(samples, rate, seed=0, controls=a2e.Controls(mood={"joy": 0.8})).weights
    assert np.array_equal(takes[0], np.concatenate((plain[:known], happy[known:])))


@pytest.mark.parametrize(
    ("mood", "message"),
    [
        ({"hapiness": 1}, "no mood 'hapiness'; expected one of amazement, "),
        ({"saddness": 1}, "no mood 'saddness'; did you mean sadness"),
        ({"joy": 1.5}, "the mood joy must be a number from 0 to 1; got 1.5"),
        ({"joy": -0.1}, "the mood joy must be a number from 0 to 1; got -0.1"),
        ({"joy": float("nan")}, "the mood joy must be a number from 0 to 1; got nan"),
        ({"joy": "much"}, "the mood joy must be a number from 0 to 1; got 'much'"),
    ],
)
def test_moods_that_cannot_be(mood: dict[str, float], message: str) -> None:
    with pytest.raises(a2e.OptionError, match=message):
        a2e.Controls(mood=mood).bind(ARKIT)
