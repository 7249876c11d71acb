"""One voice's way to another sample rate, without seams at chunk edges."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from a2e.arrays import Floats
from a2e.audio.lowpass import (
    BLOCK,
    LOWPASS,
    SAMPLE_BITS,
    TAP_BITS,
    Doubles,
    Kaiser,
    Ratio,
    fixed_point,
    lowpass,
)

UNIT = 2.0 ** -(SAMPLE_BITS + TAP_BITS)
"""What a filtered sample of 1 is worth."""


class Resampler:
    """A signal from ``rate`` to ``target`` Hz, as :mod:`a2e.audio.lowpass` defines it.

    Sample m stands at the time m / target. N samples give ceil(N * target / rate), and any cutting
    of the input gives equal output. Samples come ``batch`` at a time, for whoever can't use fewer:
    small chunks are then cheap.
    """

    def __init__(self, rate: int, target: int, *, batch: int = 1, shape: Kaiser = LOWPASS) -> None:
        self._batch = batch
        self._ratio = ratio = Ratio.of(rate, target, shape)
        self._input = np.zeros(ratio.lead)  # from where the window of ``_block`` begins
        self._block = 0  # the first that is not given whole
        self._taken = self._given = 0

    def push(self, samples: Floats) -> Floats:
        """float32 [n] at the one rate to [m] at the other, as far as they are known."""
        if self._ratio.up == self._ratio.down:
            return samples
        self._input = np.concatenate((self._input, fixed_point(samples, SAMPLE_BITS)))
        self._taken += len(samples)
        settled = self._ratio.settled(self._taken)
        return self._give(settled - settled % self._batch)

    def finish(self) -> Floats:
        """The samples still held back; ends the signal."""
        return self._give(self._ratio.total(self._taken))

    def rest(self) -> Floats:
        """What ``finish`` would give; the signal goes on."""
        return self._between(self._given, self._ratio.total(self._taken))

    def _give(self, end: int) -> Floats:
        """The samples from the first one due up to ``end``; forgets what no later one needs."""
        samples = self._between(self._given, end)
        self._given += len(samples)
        position, self._block = self._ratio.position(self._block), self._given // BLOCK
        self._input = self._input[self._ratio.position(self._block) - position :]
        return samples

    def _between(self, start: int, end: int) -> Floats:
        """Samples [start, end) at the new rate; none before those that are due."""
        if end <= start:
            return np.zeros(0, np.float32)
        first, last = self._block, (end - 1) // BLOCK
        positions = [self._ratio.position(block) for block in range(first, last + 1)]
        samples = lowpass(self._ratio)(self._windows(np.array(positions) - positions[0]), first)
        due = samples.reshape(-1)[start - first * BLOCK : end - first * BLOCK]
        return np.multiply(due, UNIT).astype(np.float32)

    def _windows(self, offsets: NDArray[np.intp]) -> Doubles:
        """The windows that begin at ``offsets`` in the input, with zeros after its end."""
        width, known = self._ratio.window, self._input
        missing = int(offsets[-1]) + width - len(known)
        if missing > 0:
            known = np.concatenate((known, np.zeros(missing)))
        step = known.itemsize
        return as_strided(known, (len(known) - width + 1, width), (step, step))[offsets]


def resampler_delay(rate: int, target: int) -> float:
    """The most that a :class:`Resampler` with batches of 1 holds back, in seconds."""
    if rate == target:
        return 0.0
    ratio = Ratio.of(rate, target)
    return ratio.margin / ratio.up / rate
