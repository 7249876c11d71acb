"""One voice's way to the model's sample rate, without seams at chunk edges."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import soxr

from a2e.arrays import Floats

QUALITY = "HQ"
PROBE_SECONDS = 0.5
PROBE_STEPS = 500
RECENT_SECONDS = 0.5
"""Input kept for ``rest``: far more than the filter's reach."""


class Resampler:
    """Stateful soxr from ``rate`` to ``target`` Hz; any cutting of the input gives equal output.

    Output n is aligned with input time n / target: soxr holds samples back, but shifts nothing.
    """

    def __init__(self, rate: int, target: int) -> None:
        self._soxr = None if rate == target else _stream(rate, target)
        self._rates = rate, target
        self._recent = np.zeros(0, np.float32)  # the last input, from a common tick of both clocks
        self._given = 0  # output since that tick

    def push(self, samples: Floats) -> Floats:
        """float32 [n] at the one rate to [m] at the other, as far as they are known."""
        if self._soxr is None:
            return samples
        resampled: Floats = self._soxr.resample_chunk(samples)
        self._remember(samples, len(resampled))
        return resampled

    def finish(self) -> Floats:
        """The samples still held back; ends the signal."""
        rest = np.zeros(0, np.float32)
        return rest if self._soxr is None else self._soxr.resample_chunk(rest, last=True)

    def rest(self) -> Floats:
        """What ``finish`` would give, to rounding; the signal goes on."""
        if self._soxr is None:
            return np.zeros(0, np.float32)
        again = _stream(*self._rates)
        known = again.resample_chunk(self._recent)
        rest = again.resample_chunk(np.zeros(0, np.float32), last=True)
        return np.concatenate((known, rest))[self._given :]

    def _remember(self, samples: Floats, given: int) -> None:
        rate, target = self._rates
        self._recent = np.concatenate((self._recent, samples))
        self._given += given
        ticks = math.gcd(rate, target)  # a second has so many common ticks
        surplus = len(self._recent) - int(RECENT_SECONDS * rate)
        past = max(0, surplus) * ticks // rate
        self._recent = self._recent[past * rate // ticks :]
        self._given -= past * target // ticks


@lru_cache
def resampler_delay(rate: int, target: int) -> float:
    """The most that a :class:`Resampler` holds back, in seconds, found by feeding one."""
    if rate == target:
        return 0.0
    stream = _stream(rate, target)
    step = np.zeros(max(1, int(rate * PROBE_SECONDS / PROBE_STEPS)), np.float32)
    pushed = given = 0.0
    held = 0.0
    for _ in range(PROBE_STEPS):
        pushed += len(step) / rate
        held = max(held, pushed - given)
        given += len(stream.resample_chunk(step)) / target
    return held


def _stream(rate: int, target: int) -> soxr.ResampleStream:
    return soxr.ResampleStream(rate, target, 1, dtype="float32", quality=QUALITY)
