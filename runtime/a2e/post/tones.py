"""Tones and chords, which no mouth makes, told from voices frame by frame."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from a2e.arrays import Floats

BAND = (200.0, 3400.0)
"""Hz in which tones are looked for."""
LEAKAGE = 1e-9
"""Share of the mean power that is added to every bin."""
PURE = -55.0
"""Flatness, dB, under which one frame is a mixture of pure tones."""
STEADY_SECONDS = 0.3
STEADY = 0.95
"""Likeness of the last spectra to each other, above which they are one sound that is held."""
STEADY_FLATNESS = -32.0
"""Mean flatness, dB, under which what is held is a tone: a vowel stays above."""


class ToneDetector:
    """One stream's detector at ``rate`` Hz and ``fps``.

    A frame is pure if its spectrum is far from flat, a time steady if its spectra are alike.
    Voices have a breath of noise, and move.
    """

    def __init__(self, rate: int, fps: int) -> None:
        self._size = 1 << int(math.log2(rate / fps))  # samples of a frame that are looked at
        self._window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(self._size) / self._size)
        low, high = (round(hertz * self._size / rate) for hertz in BAND)
        self._bins = slice(low, high + 1)
        self._fade = math.exp(-1 / (STEADY_SECONDS * fps))
        self._mean_spectrum = np.zeros(high + 1 - low)
        self._mean_flatness = 0.0

    def step(self, audio: Floats, frames: int) -> list[bool]:
        """The audio of ``frames`` frames -> which of them are tones."""
        ends = np.arange(1, frames + 1) * len(audio) // frames
        spans = audio[ends[:, None] - np.arange(self._size, 0, -1)]
        bands = np.fft.rfft(spans * self._window)[:, self._bins]
        powers = bands.real**2 + bands.imag**2
        count = powers.shape[1]
        means = (1 + LEAKAGE) * powers.sum(axis=1) / count + 1e-30
        powers += (LEAKAGE * means + 1e-30)[:, None]
        flatnesses = 10 * (np.log10(powers).sum(axis=1) / count - np.log10(means))
        spectra = np.sqrt(powers / (means * count)[:, None])  # of length 1
        return [
            self._is_tone(flatness, spectrum)
            for flatness, spectrum in zip(flatnesses.tolist(), spectra, strict=True)
        ]

    def _is_tone(self, flatness: float, spectrum: NDArray[np.float64]) -> bool:
        self._mean_spectrum += (1 - self._fade) * (spectrum - self._mean_spectrum)
        self._mean_flatness += (1 - self._fade) * (flatness - self._mean_flatness)
        likeness = math.sqrt(float(np.square(self._mean_spectrum).sum()))
        steady = likeness > STEADY and self._mean_flatness < STEADY_FLATNESS
        return flatness < PURE or steady
