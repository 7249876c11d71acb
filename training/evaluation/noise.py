"""Noise and silence, in which the mouth should rest."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.evaluation.metrics import Floats, rest
from training.evaluation.predictors import Predict
from training.evaluation.synthetic import SEED
from training.speech.utterance import SAMPLE_RATE

NOISE_SECONDS = 4
NOISE_LEVELS = (-60, -45, -30, -15)  # dB of full scale, root mean square
NOISE_TILTS = {"white": 0.0, "pink": 0.5, "brown": 1.0}  # amplitude falls with frequency to this


def noise(predict: Predict) -> dict[str, Any]:
    """Steady noise of several colours and levels, and silence."""
    rng = np.random.default_rng(SEED)
    samples = NOISE_SECONDS * SAMPLE_RATE
    results = {"silence": rest(predict(np.zeros(samples, np.float32), 0))}
    for name, tilt in NOISE_TILTS.items():
        for level in NOISE_LEVELS:
            sound = coloured(rng, samples, tilt, 10 ** (level / 20))
            results[f"{name}, {level} dB"] = rest(predict(sound, 0))
    return results


def coloured(rng: np.random.Generator, samples: int, tilt: float, level: float) -> Floats:
    """Gaussian noise [samples] of root mean square ``level``."""
    spectrum = np.fft.rfft(rng.normal(size=samples))
    spectrum /= np.maximum(np.arange(len(spectrum)), 20) ** tilt
    sound = np.fft.irfft(spectrum, samples)
    clipped: Floats = np.clip(sound * level / sound.std(), -1, 1).astype(np.float32)
    return clipped
