"""Samples as callers give them: what can be taken, and how channels become one."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from a2e.arrays import Floats
from a2e.errors import AudioError, AudioTypeError

INT16_SCALE = 32_768
"""Full scale of int16 samples."""
MAX_CHANNELS = 64
MAX_PEAK = 16.0
"""Float samples beyond this are int16 values that were never scaled (speech is in [-1, 1])."""
MASKED = "samples.filled(0), or what else belongs where it is masked"
RATES = (8_000, 192_000)
"""Lowest and highest sample rate taken, Hz."""


def check_rate(rate: int) -> int:
    """The sample rate in Hz as an int; raises :class:`AudioError`."""
    low, high = RATES
    if not isinstance(rate, Real) or isinstance(rate, bool) or not low <= rate <= high or rate % 1:
        raise AudioError(
            f"sample rate must be a whole number from {low} to {high} Hz; got {rate!r}"
        )
    return int(rate)


def check_samples(samples: NDArray[Any]) -> None:
    """Raises :class:`AudioTypeError` or :class:`AudioError` for what :func:`downmix` can't take."""
    if not isinstance(samples, np.ndarray):
        raise AudioTypeError(
            f"samples must be a numpy array; got {type(samples).__name__}. "
            "For raw bytes use numpy.frombuffer(data, numpy.int16)"
        )
    if isinstance(samples, np.matrix | np.ma.MaskedArray):
        raise AudioTypeError(
            f"samples must be a plain array; got {type(samples).__name__}. Use "
            f"{MASKED if isinstance(samples, np.ma.MaskedArray) else 'numpy.asarray(samples)[0]'}"
        )
    if samples.dtype not in (np.int16, np.float32, np.float64):
        raise AudioTypeError(
            f"samples must be int16, float32 or float64; got {samples.dtype}. Convert them first"
        )
    if samples.ndim not in (1, 2):
        raise AudioTypeError(f"samples must be [n] or [n, channels]; got shape {samples.shape}")
    if samples.ndim == 2 and not 1 <= samples.shape[1] <= MAX_CHANNELS:
        raise AudioTypeError(
            f"samples must be [n, channels] with 1 to {MAX_CHANNELS} channels; got shape "
            f"{samples.shape}. If that is [channels, n], transpose it"
        )
    if samples.dtype != np.int16 and samples.size:
        _check_range(float(samples.min()), float(samples.max()))


def _check_range(low: float, high: float) -> None:
    if not (math.isfinite(low) and math.isfinite(high)):
        raise AudioError(
            "samples hold NaN or infinity; find where they come from, or use numpy.nan_to_num"
        )
    peak = max(high, -low)
    if peak > MAX_PEAK:
        raise AudioError(
            f"float samples must be in [-1, 1]; got a peak of {peak:.0f}. "
            f"Divide by {INT16_SCALE}, or pass them as int16"
        )


def downmix(samples: NDArray[Any]) -> Floats:
    """int16, float32 or float64 samples, [n] or [n, channels], as float32 [n] in [-1, 1].

    Channels are averaged. The samples must have passed :func:`check_samples`.
    """
    mono = samples if samples.ndim == 1 else samples.mean(axis=1, dtype=np.float64)
    scale = INT16_SCALE if samples.dtype == np.int16 else 1
    return (mono / np.float64(scale)).astype(np.float32)
