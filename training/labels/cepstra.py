"""Mel-cepstra of speech in frames of 5 ms (Davis & Mermelstein 1980).

Shapes: N frames, C coefficients.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.speech.utterance import SAMPLE_RATE

Floats = NDArray[np.float64]

HOP = 80  # samples, 5 ms
WINDOW = 400  # samples, 25 ms
FFT = 512
MELS, CEPSTRA = 32, 14
BAND = (80.0, 7_000.0)  # Hz
DELTA_REACH = 4  # frames on each side
DELTA_WEIGHT = 1.5
FLOOR = 1e-4  # of the loudest frame's energy: quieter is as good as silent


def frames_in(samples: int) -> int:
    """Frames that so many samples have."""
    return -(-samples // HOP)


def cepstra(audio: NDArray[np.float32], vocal_tract: float) -> Floats:
    """Normalised mel-cepstra with their slopes: [N, 2 * `CEPSTRA`]; frame k is about k * 5 ms.

    ``vocal_tract`` stretches the frequency axis.
    """
    logs = log_mel(audio, vocal_tract)
    plain = logs @ cosines()
    loud = logs.mean(axis=1) > np.median(logs.mean(axis=1)) - 1.0  # normalise by speech alone
    plain = (plain - plain[loud].mean(axis=0)) / (plain[loud].std(axis=0) + 1e-6)
    slopes = slope(plain)
    slopes /= slopes[loud].std(axis=0) + 1e-6
    return np.concatenate((plain, DELTA_WEIGHT * slopes), axis=1)


def log_mel(audio: NDArray[np.float32], vocal_tract: float) -> Floats:
    """Natural logarithm of mel band energies, floored: [N, MELS]."""
    frames = frames_in(len(audio))
    padded = np.pad(audio.astype(np.float64), (WINDOW // 2, WINDOW + HOP))
    padded[1:] -= 0.97 * padded[:-1]
    index = np.arange(frames)[:, None] * HOP + np.arange(WINDOW)
    power = np.abs(np.fft.rfft(padded[index] * np.hanning(WINDOW), FFT)) ** 2
    bands = power @ mel_filters(vocal_tract).T
    return np.log(bands + FLOOR * np.percentile(bands, 99, axis=0))


def mel_filters(vocal_tract: float) -> Floats:
    """Triangular filters: [MELS, FFT / 2 + 1]."""
    low, high = (2595 * np.log10(1 + f / 700) for f in BAND)
    edges = 700 * (10 ** (np.linspace(low, high, MELS + 2) / 2595) - 1) * vocal_tract
    bins = np.arange(FFT // 2 + 1) * SAMPLE_RATE / FFT
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return np.clip(np.minimum(rising, falling), 0, None)


def cosines() -> Floats:
    """The cosine transform that makes cepstra of mel bands: [MELS, CEPSTRA]."""
    table: Floats = np.cos(np.pi / MELS * (np.arange(MELS)[:, None] + 0.5) * np.arange(CEPSTRA))
    return table


def slope(x: Floats) -> Floats:
    """Regression slope over time of [N, C]."""
    padded = np.pad(x, ((DELTA_REACH, DELTA_REACH), (0, 0)), mode="edge")
    reach = range(1, DELTA_REACH + 1)
    total = np.zeros_like(x)
    for k in reach:
        later, earlier = padded[DELTA_REACH + k :], padded[DELTA_REACH - k :]
        total += k * (later[: len(x)] - earlier[: len(x)])
    return total / (2 * sum(k * k for k in reach))
