"""Sounds [n] at 16 kHz in which nobody speaks, of loudness about 1."""

from __future__ import annotations

import numpy as np

from training.speech.sound import Floats, filtered, log_uniform, loudness
from training.speech.utterance import SAMPLE_RATE


def coloured_noise(samples: int, rng: np.random.Generator) -> Floats:
    """Noise whose power falls as 1/f^0 to 1/f^2, steady or swelling, loudness about 1."""
    slope = rng.uniform(0, 1)
    noise = filtered(
        rng.standard_normal(samples, np.float32), lambda hz: (np.maximum(hz, 40) / 40) ** -slope
    )
    if rng.random() < 0.3:
        swell = rng.uniform(0.1, 1, samples // 8000 + 2)
        noise *= np.interp(np.arange(samples) / 8000, np.arange(len(swell)), swell)
    return noise / np.float32(max(loudness(noise), 1e-9))


def music(samples: int, rng: np.random.Generator) -> Floats:
    """Notes of a few harmonics with soft attacks and decays, and maybe a steady hum."""
    out = np.zeros(samples, np.float32)
    for _ in range(int(rng.integers(2, 5) * (1 + samples / SAMPLE_RATE))):
        start, length = int(rng.integers(samples)), int(rng.uniform(0.1, 1.2) * SAMPLE_RATE)
        t = np.arange(min(length, samples - start), dtype=np.float32) / SAMPLE_RATE
        pitch = log_uniform(rng, 60, 1200)  # Hz
        note = sum(
            np.sin(2 * np.pi * pitch * k * t) / k**1.3
            for k in range(1, 6)
            if pitch * k < SAMPLE_RATE / 2
        )
        decay = np.exp(-t / rng.uniform(0.1, 1)) * np.minimum(t / 0.01, 1)
        out[start : start + len(t)] += rng.uniform(0.1, 1) * decay * note
    if rng.random() < 0.3:
        out += 0.3 * np.sin(
            2 * np.pi * rng.choice([50, 60, 100, 120]) * np.arange(samples) / SAMPLE_RATE
        )
    return out


def clicks(samples: int, rng: np.random.Generator) -> Floats:
    """Short bursts of noise: keys, knocks, handling."""
    out = np.zeros(samples, np.float32)
    for start in rng.integers(0, samples, int(rng.integers(1, 12))):
        length = min(int(log_uniform(rng, 0.002, 0.1) * SAMPLE_RATE), samples - int(start))
        fall = np.exp(-np.linspace(0, 6, length, dtype=np.float32))
        out[start : start + length] += rng.uniform(0.1, 1) * fall * rng.standard_normal(length)
    return out
