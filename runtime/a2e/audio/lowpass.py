"""The resampler's low-pass: a Kaiser-windowed sinc, defined once for every runtime and language.

From rate r to rate t, whole Hz, with L / M = t / r in lowest terms and low = min(r, t), N samples
x[n] become ceil(N t / r) samples

    y[m] = sum over n of x[n] g(m M / L - n)
    g(d) = 2 c sinc(2 c d) w(d / H)             d in samples at r; sinc(a) = sin(pi a) / (pi a)
    w(u) = I0(beta sqrt(1 - u^2)) / I0(beta)    where |u| < 1, and 0 elsewhere
    c = rolloff low / (2 r),   H = half_width r / low

where x is 0 outside its N samples. Samples are rounded to 2^-SAMPLE_BITS and taps g to 2^-TAP_BITS,
half to even. Float64 then holds every sum exactly for samples up to 16, the loudest that a stream
takes: in any order of additions, in any cutting and in any language y is the same, to the last bit,
before it is rounded to float32. (But for the ratios of ``Polynomials``, which are within 2e-5.)

w is Kaiser's window (J. F. Kaiser, "Nonrecursive digital filter design using the I0-sinh window
function", 1974). By his formulas 56 samples of the lower rate to either side and a transition of
3/32 of half that rate (``LOWPASS``) attenuate by A = 7.95 + 28.72 * 56 * 3 / 64 = 83 dB, for which
beta = 0.1102 (A - 8.7). The transition ends at half the lower rate, so that nothing folds back; to
16 kHz it begins at 7.25 kHz. (The bundled network listens up to 7.5 kHz, where 2.5 dB are lost.)
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, gcd
from typing import Protocol

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

SAMPLE_BITS, TAP_BITS = 23, 24
"""Binary places that are kept of samples and of taps."""

BLOCK = 32
"""Samples at the new rate that are computed at a time, by one matrix product."""
MAX_PHASES = 32
"""Most matrices of a ratio; where blocks have more phases (125 from 44,056 to 16,000 Hz), taps are
interpolated."""
DEGREE = 9
"""Of that interpolation, which is off by less than 2e-5 (the window ends in a step)."""
SINGLE_THREAD = 1 << 18
"""Multiplications in a matrix product that OpenBLAS leaves to the caller's thread."""

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Kaiser:
    """A windowed sinc, whatever the rates."""

    half_width: float
    """Samples of the lower rate from its middle to its end."""
    rolloff: float
    """Middle of the transition, as a share of half the lower rate."""
    beta: float


LOWPASS = Kaiser(half_width=56, rolloff=61 / 64, beta=8.22)


@dataclass(frozen=True)
class Ratio:
    """Where the samples of a new rate lie among those of an old one.

    Block b is the samples from ``BLOCK * b`` on at the new rate. Its window, the samples at the old
    rate that it depends on, begins ``lead`` samples before ``position(b)``.
    """

    up: int
    """L: samples at the new rate in the shortest time that holds whole samples of both."""
    down: int
    """M: samples at the old rate in that time."""
    shape: Kaiser = LOWPASS

    @classmethod
    def of(cls, rate: int, target: int, shape: Kaiser = LOWPASS) -> Ratio:
        """From ``rate`` to ``target`` Hz."""
        common = gcd(rate, target)
        return cls(target // common, rate // common, shape)

    @property
    def reach(self) -> int:
        """H in units of 1 / L samples at the old rate, rounded up."""
        return ceil(self.shape.half_width * max(self.up, self.down))

    @property
    def margin(self) -> int:
        """Time after a sample that its value depends on, in the same units."""
        return self.reach + (self.up if self.phases > MAX_PHASES else 0)

    @property
    def lead(self) -> int:
        """H, rounded up."""
        return -(-self.reach // self.up)

    @property
    def window(self) -> int:
        """Samples in a window."""
        return 2 * self.lead + BLOCK * self.down // self.up + 2

    @property
    def phases(self) -> int:
        """Blocks until one lies again as the first one does."""
        return self.up // gcd(self.up, BLOCK)

    def position(self, block: int) -> int:
        """The last sample at the old rate that is not later than the block's first."""
        return block * BLOCK * self.down // self.up

    def settled(self, samples: int) -> int:
        """Samples at the new rate that no sample after the first ``samples`` can change."""
        return max(0, (samples * self.up - self.margin) // self.down + 1)

    def total(self, samples: int) -> int:
        """Samples at the new rate of a signal that ends after ``samples``."""
        return -(-samples * self.up // self.down)

    def taps(self, distances: Doubles) -> Doubles:
        """g, at distances in samples at the old rate."""
        low, beta = min(self.up, self.down) / self.down, self.shape.beta
        cutoff = self.shape.rolloff * low  # 2 c
        inside = 1 - np.square(distances * low / self.shape.half_width)
        window = np.i0(beta * np.sqrt(np.maximum(inside, 0))) / np.i0(beta)
        return cutoff * np.sinc(cutoff * distances) * np.where(inside > 0, window, 0)


class Lowpass(Protocol):
    """The filter of a ratio."""

    def __call__(self, windows: Doubles, first: int) -> Doubles:
        """The windows [n, window] of the blocks from ``first`` on to their samples [n, BLOCK]."""
        ...


class Phases:
    """A matrix for each phase of a block."""

    def __init__(self, ratio: Ratio) -> None:
        window = np.arange(ratio.window)[:, None] - ratio.lead
        self._matrices = []
        for block in range(ratio.phases):
            first = block * BLOCK * ratio.down % ratio.up
            ticks = first + np.arange(BLOCK) * ratio.down - window * ratio.up
            self._matrices.append(fixed_point(ratio.taps(ticks / ratio.up), TAP_BITS))

    def __call__(self, windows: Doubles, first: int) -> Doubles:
        count = len(self._matrices)
        samples = np.empty((len(windows), BLOCK))
        for start in range(min(count, len(windows))):
            matrix = self._matrices[(first + start) % count]
            samples[start::count] = product(windows[start::count], matrix)
        return samples


class Polynomials:
    """Chebyshev series of the phase, from -1 to 1 between two samples at the old rate, for the taps
    of a block. They reach as far as the taps of any phase do: up to a sample farther."""

    def __init__(self, ratio: Ratio) -> None:
        self._ratio = ratio
        nodes = chebyshev.chebpts1(DEGREE + 1)
        window = np.arange(ratio.window)[:, None] - ratio.lead
        distances = np.arange(BLOCK) * ratio.down / ratio.up - window
        taps = np.array([ratio.taps((node + 1) / 2 + distances) for node in nodes])
        series = 2 / len(nodes) * chebyshev.chebvander(nodes, DEGREE).T
        series[0] /= 2
        self._matrices = fixed_point(np.tensordot(series, taps, 1), TAP_BITS)

    def __call__(self, windows: Doubles, first: int) -> Doubles:
        up, step = self._ratio.up, BLOCK * self._ratio.down
        phases = [(first + n) * step % up / up * 2 - 1 for n in range(len(windows))]
        samples = np.zeros((len(windows), BLOCK))
        series = chebyshev.chebvander(phases, DEGREE).T
        for shares, matrix in zip(series, self._matrices, strict=True):
            samples += shares[:, None] * product(windows, matrix)
        return samples


@lru_cache(maxsize=16)
def lowpass(ratio: Ratio) -> Lowpass:
    """The filter of a ratio, shared by all its resamplers."""
    return Phases(ratio) if ratio.phases <= MAX_PHASES else Polynomials(ratio)


def fixed_point(values: NDArray[np.floating], bits: int) -> Doubles:
    """Values in units of 2^-bits, rounded to whole ones."""
    scaled: Doubles = np.multiply(values, 2.0**bits, dtype=np.float64)
    return np.rint(scaled, out=scaled)


def product(windows: Doubles, matrix: Doubles) -> Doubles:
    """``windows @ matrix``, in pieces too small to be shared among threads."""
    rows = max(1, SINGLE_THREAD // matrix.size)
    if len(windows) <= rows:
        return windows @ matrix
    pieces = [windows[start : start + rows] @ matrix for start in range(0, len(windows), rows)]
    return np.concatenate(pieces)
