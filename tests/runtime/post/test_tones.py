"""Tones and chords leave the mouth shut; voices are none."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

import a2e
from a2e.arrays import Floats
from a2e.audio.samples import downmix
from a2e.data import SPEECH
from a2e.post.gate import Gate
from a2e.post.silence import TONE_HOLD_FRAMES, Silence
from a2e.post.stages import REST
from a2e.post.tones import ToneDetector

RATE, FPS = 16_000, 30
HOP = 1_600
TIMES = np.arange(3 * RATE) / RATE
LIVE = a2e.Live(blinks=False)
PLAIN = a2e.Live(blinks=False, tones=False)
CHORDS = {
    "major": (261.6, 329.6, 392.0),
    "high": (523.3, 659.3, 784.0),
    "fifth": (220.0, 330.0),
    "dial tone": (350.0, 440.0),
    "a": (440.0,),
    "beep": (3000.0,),
}


@pytest.fixture(scope="module")
def bundled() -> a2e.Model:
    return a2e.load()


def sines(hertz: tuple[float, ...]) -> Floats:
    sound = sum(np.sin(2 * np.pi * h * TIMES) for h in hertz)
    return (0.9 * sound / np.abs(sound).max()).astype(np.float32)


def tones_in(audio: Floats, hops: int = 1) -> list[bool]:
    """Which frames of audio are tones, with so many hops of 100 ms in a call."""
    detector = ToneDetector(RATE, FPS)
    audio = audio[: len(audio) // HOP * HOP]
    spans = [audio[start : start + hops * HOP] for start in range(0, len(audio), hops * HOP)]
    return [tone for span in spans for tone in detector.step(span, len(span) * 3 // HOP)]


@pytest.mark.parametrize("chord", CHORDS)
@pytest.mark.parametrize("level", [-40, -6])
def test_a_chord_leaves_the_mouth_shut(bundled, chord: str, level: float) -> None:
    rest = np.zeros(8_077, np.float32)
    audio = np.concatenate((rest, sines(CHORDS[chord]) * np.float32(10 ** (level / 20)), rest))
    found, plain = (
        bundled.animate(audio, RATE, post=post).weights[:, bundled.names.index("jawOpen")]
        for post in (LIVE, PLAIN)
    )
    assert found[18:].max() < 0.05, "once it sounds, and when it ends"
    assert found.max() < 0.12, "at its onset"
    assert found.max() <= plain.max()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1_000), st.integers(2, 9))
def test_hops_do_not_matter(seed: int, hops: int) -> None:
    rng = np.random.default_rng(seed)
    hertz = tuple(rng.uniform(200, 3_000, rng.integers(1, 4)))
    audio = sines(hertz) * np.float32(0.3)
    audio[: rng.integers(RATE)] = 0
    audio += (rng.choice([0, 1e-3]) * rng.standard_normal(len(audio))).astype(np.float32)
    assert tones_in(audio) == tones_in(audio, hops)


def test_a_tone_in_noise_is_told_in_time() -> None:
    noise = 0.003 * np.random.default_rng(0).standard_normal(len(TIMES))
    assert all(tones_in(0.15 * np.sin(2 * np.pi * 440 * TIMES) + noise)[FPS:])


def test_noise_and_silence_are_no_tones() -> None:
    assert not any(tones_in(np.zeros(RATE, np.float32)))
    assert not any(tones_in(np.random.default_rng(0).standard_normal(RATE)))


def test_a_held_vowel_is_no_tone() -> None:
    """Harmonics of 120 Hz under three formants, with a breath of noise."""
    hertz = 120 * np.arange(1, 60)
    formants = ((730, 90), (1090, 110), (2440, 150))
    gains = np.prod(
        [1 / np.abs(1 - (hertz / f) ** 2 + 1j * hertz * b / f**2) for f, b in formants], 0
    )
    vowel = np.sin(2 * np.pi * hertz[:, None] * TIMES).T @ (gains / (1 + hertz / 500))
    vowel = 0.3 * vowel / np.abs(vowel).max()
    vowel += 0.003 * np.random.default_rng(0).standard_normal(len(vowel))
    assert not any(tones_in(vowel))


def test_speech_is_no_tone() -> None:
    samples, rate = soundfile.read(SPEECH, dtype="float32")
    assert rate == RATE
    assert not any(tones_in(downmix(samples)))


def test_the_gate_shuts_at_a_tone() -> None:
    """At once, with the frame that it begins in; and stays so over a change of tones."""
    volumes = np.full(30, 0.1, np.float32)
    tones = [False] * 10 + [True] * 5 + [False] * TONE_HOLD_FRAMES + [True] * 3 + [False] * 10
    gate = Gate(2, FPS)
    rests = Silence(FPS).step(volumes, tones)
    levels = np.concatenate((gate.step(rests, tones), gate.finish()))
    assert np.allclose(levels[:8], 1)
    assert np.allclose(levels[9:18], REST)
    assert np.allclose(levels[20 + TONE_HOLD_FRAMES :], 1)


def test_tones_are_those_of_the_documentation() -> None:
    """The vectors of docs/conditioning.md."""
    counted = np.arange(3 * HOP)
    for noise, tone, flatness in ((0.001, True, -44.215), (0.01, False, -34.501)):
        sound = np.sin(2 * np.pi * 440 * counted / RATE)
        detector = ToneDetector(RATE, FPS)
        sound += noise * (counted * 7_919 % 640 / 320 - 1)
        assert detector.step(sound, 9) == [tone] * 9
        assert detector._mean_flatness == pytest.approx(flatness, abs=1e-3)
        assert np.linalg.norm(detector._mean_spectrum) == pytest.approx(0.6321, abs=1e-4)
