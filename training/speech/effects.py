"""Microphones, rooms and lines: each effect takes a sound [n] at 16 kHz and gives one as long.

Time stays as it is (to well under a frame); all randomness comes from the generator given.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from training.speech.sound import Floats, decibels, fast_length, filtered, log_uniform, scaled
from training.speech.utterance import SAMPLE_RATE

MU = 255  # of mu-law, ITU-T G.711
REVERB_TIME = (0.08, 0.9)  # s, to fall by 60 dB
REVERB_LEVEL = (-22.0, 0.0)  # dB, of the whole tail against the direct sound
PEAK_RANGE = (-32.0, 0.0)  # dB below full scale
Effect = Callable[[Floats, np.random.Generator], Floats]


def equalise(audio: Floats, rng: np.random.Generator) -> Floats:
    """A random spectral tilt and a random smooth curve, as of microphones and of other voices."""
    octaves = np.linspace(np.log2(60), np.log2(8000), int(rng.integers(5, 16)))
    curve = rng.normal(0, rng.uniform(0, 5), len(octaves)) + rng.normal(0, 2.5) * (octaves - 10)
    return filtered(
        audio, lambda hz: 10 ** (np.interp(np.log2(np.maximum(hz, 30)), octaves, curve) / 20)
    )


def breathe(audio: Floats, rng: np.random.Generator) -> Floats:
    """Noise that follows the voice, as of breathy and hoarse speakers."""
    envelope = np.convolve(np.abs(audio), np.full(160, 1 / 160), mode="same")
    noise = filtered(
        rng.standard_normal(len(audio), np.float32), lambda hz: np.clip(hz / 2500, 0.1, 1)
    )
    return (audio + decibels(rng.uniform(-26, -6)) * envelope * noise).astype(np.float32)


def reverberate(audio: Floats, rng: np.random.Generator) -> Floats:
    """A room: exponentially decaying noise after the direct sound, duller as it decays."""
    seconds = log_uniform(rng, *REVERB_TIME)
    tail = rng.standard_normal(int(seconds * SAMPLE_RATE), np.float32)
    tail *= np.exp(np.linspace(0, -6.9, len(tail), dtype=np.float32))  # -60 dB
    tail[: int(rng.uniform(0.001, 0.02) * SAMPLE_RATE)] = 0  # before the first reflection
    cutoff = rng.uniform(1500, 8000)  # Hz
    size = fast_length(len(audio) + len(tail))
    response = np.fft.rfft(tail, size) / (1 + np.fft.rfftfreq(size, 1 / SAMPLE_RATE) / cutoff)
    energy = np.sqrt((np.abs(response) ** 2).mean())  # of the tail, by Parseval
    level = decibels(rng.uniform(*REVERB_LEVEL)) / max(float(energy), 1e-9)
    wet = np.fft.irfft(np.fft.rfft(audio, size) * (1 + level * response), size)
    return wet[: len(audio)].astype(np.float32)


def band_limit(audio: Floats, rng: np.random.Generator) -> Floats:
    """A telephone's 300 to 3,400 Hz, or only a lower top."""
    low, high = (0.0, rng.uniform(3000, 7500)) if rng.random() < 0.5 else (300.0, 3400.0)
    return filtered(
        audio,
        lambda hz: np.clip((hz - low) / 60 + 1, 0.01, 1) * np.clip((high - hz) / 200 + 1, 0, 1),
    )


def companded(audio: Floats, rng: np.random.Generator) -> Floats:
    """8-bit mu-law and back."""
    audio = scaled(audio, decibels(rng.uniform(-24, 0)))
    levels = np.round(np.sign(audio) * np.log1p(MU * np.abs(audio)) / np.log1p(MU) * 127) / 127
    expanded: Floats = np.sign(levels) * np.expm1(np.abs(levels) * np.log1p(MU)) / MU
    return expanded.astype(np.float32)


def clipped(audio: Floats, rng: np.random.Generator) -> Floats:
    """An overdriven input."""
    limit = np.abs(audio).max(initial=0) * rng.uniform(0.25, 0.9)
    return np.clip(audio, -limit, limit)


def levelled(audio: Floats, rng: np.random.Generator) -> Floats:
    """A random recording level."""
    return scaled(audio, decibels(rng.uniform(*PEAK_RANGE)))


def compress(audio: Floats, rng: np.random.Generator) -> Floats:
    """An automatic gain: quiet parts come nearer to loud ones."""
    envelope = np.sqrt(np.convolve(audio**2, np.full(800, 1 / 800), mode="same"))
    floor = 0.03 * envelope.max(initial=0) + 1e-9
    evened: Floats = audio * (envelope + floor) ** -rng.uniform(0.1, 0.5)
    return evened.astype(np.float32)


def offset(audio: Floats, rng: np.random.Generator) -> Floats:
    """A constant added, as by a poor converter."""
    return audio + np.float32(rng.normal(0, 0.01) * np.abs(audio).max(initial=0))
