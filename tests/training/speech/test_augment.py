"""Augmentation: recordings keep their time and their range, and come again from the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from training.speech.augment import noise_only, pad, record, respeed
from training.speech.effects import Effect, band_limit, breathe, equalise, reverberate
from training.speech.sound import Floats, fast_length, loudness, mix
from training.speech.utterance import SAMPLE_RATE, Phone, Utterance


@pytest.fixture
def speech() -> Floats:
    """A second of noise in bursts."""
    noise = np.random.default_rng(0).normal(0, 0.1, SAMPLE_RATE)
    return (noise * (np.arange(SAMPLE_RATE) // 4_000 % 2)).astype(np.float32)


@pytest.mark.parametrize("effect", [band_limit, breathe, equalise, reverberate])
def test_an_effect_keeps_the_length_and_follows_its_seed(effect: Effect, speech: Floats) -> None:
    first, again = (effect(speech, np.random.default_rng(3)) for _ in range(2))
    assert first.shape == speech.shape
    assert first.dtype == np.float32
    assert np.array_equal(first, again)
    assert not np.array_equal(first, speech)


@pytest.mark.parametrize("seed", range(8))
def test_a_recording_is_as_long_as_the_speech_and_in_range(seed: int, speech: Floats) -> None:
    recorded = record(speech, speech[::-1], np.random.default_rng(seed))
    assert recorded.shape == speech.shape
    assert 0 < np.abs(recorded).max() <= 1.0001
    assert noise_only(4_800, np.random.default_rng(seed)).shape == (4_800,)


def test_the_other_sound_is_as_much_weaker_as_asked(speech: Floats) -> None:
    other = np.random.default_rng(1).normal(0, 3, SAMPLE_RATE).astype(np.float32)
    added = mix(speech, other, 20.0) - speech
    assert loudness(added) == pytest.approx(loudness(speech) / 10, rel=0.01)


def test_phones_move_with_the_sound(speech: Floats) -> None:
    utterance = Utterance(speech, (Phone("", 0, 0.25), Phone("a", 0.25, 1.0)), "v", "en")
    padded = pad(utterance, 0.5, 0.25)
    assert len(padded.audio) == 1.75 * SAMPLE_RATE
    assert [phone.start for phone in padded.phones] == [0, 0.5, 0.75, 1.5]
    faster = respeed(utterance, np.random.default_rng(0))
    assert faster.phones[-1].end == pytest.approx(len(faster.audio) / SAMPLE_RATE, abs=1e-3)


def test_a_fast_length_holds_the_samples() -> None:
    assert [fast_length(n) for n in (1, 5, 7, 512, 513, 800)] == [1, 6, 8, 512, 768, 1024]
