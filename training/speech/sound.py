"""Levels and filters of sounds [n] at 16 kHz. Plain numpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.speech.utterance import SAMPLE_RATE

Floats = NDArray[np.float32]
Reals = NDArray[np.floating[Any]]


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """A random number whose logarithm is uniform."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def decibels(level: float) -> float:
    """The factor of amplitude that ``level`` dB are."""
    return float(10 ** (level / 20))


def scaled(audio: Floats, peak: float) -> Floats:
    """``audio`` with its greatest magnitude at ``peak``."""
    return (audio * np.float32(peak / max(float(np.abs(audio).max(initial=0)), 1e-9))).astype(
        np.float32
    )


def fitted(audio: Floats, samples: int, rng: np.random.Generator) -> Floats:
    """``audio`` repeated and cut to [samples], from a random place on."""
    start = int(rng.integers(len(audio)))
    return np.resize(np.roll(audio, -start), samples)


def loudness(audio: Floats) -> float:
    """Root mean square of the louder parts (blocks of 20 ms over a tenth of the loudest)."""
    blocks = audio[: len(audio) // 320 * 320].reshape(-1, 320)
    energy = (blocks.astype(np.float64) ** 2).mean(axis=1)
    loud = energy[energy >= 0.01 * energy.max(initial=0)]
    return float(np.sqrt(loud.mean())) if len(loud) else 0.0


def mix(speech: Floats, other: Floats, ratio: float) -> Floats:
    """Speech with something ``ratio`` dB weaker, by their loudness; silence stays as it is."""
    level = loudness(speech) / max(loudness(other), 1e-9) / decibels(ratio)
    return (speech + np.float32(level) * other).astype(np.float32)


def filtered(audio: Floats, gain: Callable[[Reals], Reals]) -> Floats:
    """``audio`` through a zero-phase filter, its gain a function of frequency in Hz."""
    size = fast_length(len(audio) + 2048)
    spectrum = np.fft.rfft(audio, size)
    spectrum *= gain(np.fft.rfftfreq(size, 1 / SAMPLE_RATE))
    return np.fft.irfft(spectrum, size)[: len(audio)].astype(np.float32)


def fast_length(samples: int) -> int:
    """The least length of 2^k or 3 * 2^k that holds ``samples``."""
    power = 1 << (samples - 1).bit_length()
    return power * 3 // 4 if power * 3 // 4 >= samples else power
