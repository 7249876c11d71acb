"""Speech and its phones in time: the types that the rest of the recipe shares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 16_000  # Hz, of every utterance
LABIALS = tuple("pbm")


@dataclass(frozen=True)
class Phone:
    """One phoneme as uttered; stops and affricates begin with their closure."""

    symbol: str
    """IPA without stress marks (length mark ː kept); "" is silence."""
    start: float
    """s"""
    end: float
    """s"""
    stress: int = 0
    """0 none, 1 secondary, 2 primary."""

    @property
    def labial(self) -> bool:
        """Whether it closes the lips: p, b and m."""
        return self.symbol.startswith(LABIALS)


@dataclass(frozen=True)
class Utterance:
    """A piece of speech and its phones."""

    audio: NDArray[np.float32]
    """[n] mono 16 kHz, in [-1, 1]."""
    phones: tuple[Phone, ...]
    """Contiguous, covering [0, n / 16000]."""
    voice: str
    """Such as "espeak:en-us+f3" or "flite:slt"."""
    language: str
    """Such as "en"."""
