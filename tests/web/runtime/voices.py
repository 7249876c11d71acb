"""Audio that the runtime meets, seeded, float32 [n]: a voice, noise, tones, all in one scene."""

from __future__ import annotations

from functools import cache

import numpy as np
import soundfile

from a2e.arrays import Floats
from a2e.data import SPEECH

RATE = 16_000


@cache
def speech() -> Floats:
    """Four seconds of the bundled recording, at ``RATE``."""
    samples: Floats = soundfile.read(SPEECH, dtype="float32", frames=4 * RATE)[0]
    return samples


def noise(samples: int, level: float = 0.3, seed: int = 0) -> Floats:
    return (level * np.random.default_rng(seed).standard_normal(samples)).astype(np.float32)


def tones(rate: int, seconds: float, *frequencies: float) -> Floats:
    """A chord, each of whose tones has a peak of 0.2."""
    times = np.arange(int(rate * seconds)) / rate
    waves = [np.sin(2 * np.pi * frequency * times) for frequency in frequencies]
    return np.asarray(0.2 * np.sum(waves, axis=0), np.float32)


def scene(seed: int = 0) -> Floats:
    """Five seconds at ``RATE`` in which each part of the live profile has work: a voice, silence, a
    faint voice with an offset, a chord, noise, a loud voice."""
    voice, silence = speech(), np.zeros(RATE // 2, np.float32)
    faint = 0.01 * voice[RATE : 2 * RATE] + np.float32(0.1)
    chord = tones(RATE, 1.5, 440, 554.4, 659.3)
    chord[RATE:] += noise(RATE // 2, 0.002, seed)  # still a tone, for it is held
    parts = voice[:RATE], silence, faint, chord, noise(RATE // 2, 0.002, seed), 3 * voice[RATE:]
    return np.clip(np.concatenate(parts)[: 5 * RATE], -1, 1)
