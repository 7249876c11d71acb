"""Channels that cancel: a downmix that takes the loudest one then."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from a2e.arrays import Floats
from a2e.audio.samples import INT16_SCALE, downmix

BLOCKS = 100
"""Blocks in a second, counted from the stream's start; each decides for the next one."""
FADE = 0.9
"""Share of the powers that is left after a block (0.1 s)."""
CANCELLED = 0.5
WHOLE = 0.8
"""Powers of the mean, of what the loudest channel alone would leave there, below which channels
cancel and above which they no longer do."""
LOUDER = 4.0
"""How many times another channel's power must be that of the chosen one to be chosen."""

Samples = NDArray[Any]
MEAN = -1
"""The source that is no channel but the mean of all."""


class Mixer:
    """One stream's downmix at ``rate`` Hz: the mean, or the loudest channel where it cancels.

    A change is a fade over one block. Frames do not depend on how the samples were cut.
    """

    def __init__(self, rate: int) -> None:
        self._length = rate // BLOCKS
        self._ramp = np.arange(1, self._length + 1, dtype=np.float32) / np.float32(self._length)
        self._start(1)

    def _start(self, channels: int) -> None:
        self._block = np.zeros((self._length, channels))  # its first ``_position`` samples
        self._means = np.zeros(self._length)
        self._position = 0
        self._power = np.zeros(channels)
        self._mean_power = 0.0
        self._before = self._source = MEAN

    def __call__(self, samples: Samples) -> Floats:
        """Samples [n] or [n, channels] that have been checked -> float32 [n]."""
        mono = downmix(samples)
        channels = 1 if samples.ndim == 1 else samples.shape[1]
        if channels != self._block.shape[1]:
            self._start(channels)
        done = 0
        while channels > 1 and done < len(samples):
            count = min(self._length - self._position, len(samples) - done)
            part = slice(done, done + count)
            mono[part] = self._within_block(samples[part], mono[part])
            done += count
        return mono

    def _within_block(self, samples: Samples, mean: Floats) -> Floats:
        start, end = self._position, self._position + len(samples)
        scale = INT16_SCALE if samples.dtype == np.int16 else 1
        self._block[start:end] = samples * (1 / scale)
        self._means[start:end] = mean
        mixed = source_of(samples, mean, self._source)
        if self._source != self._before:
            before = source_of(samples, mean, self._before)
            mixed = before + (mixed - before) * self._ramp[start:end]
        self._position = end
        if end == self._length:
            self._end_block()
        return mixed

    def _end_block(self) -> None:
        self._position = 0
        self._power = FADE * self._power + np.square(self._block).sum(axis=0)
        self._mean_power = FADE * self._mean_power + float(np.square(self._means).sum())
        self._before, self._source = self._source, self._choice()

    def _choice(self) -> int:
        """The source of the next block."""
        loudest = int(self._power.argmax())
        alone = self._power[loudest] / len(self._power) ** 2  # the mean's, were the rest silent
        if self._source == MEAN:
            return loudest if self._mean_power < CANCELLED * alone else MEAN
        if self._mean_power > WHOLE * alone:
            return MEAN
        louder = self._power[loudest] > LOUDER * self._power[self._source]
        return loudest if louder else self._source


def source_of(samples: Samples, mean: Floats, source: int) -> Floats:
    """The mean or a channel, float32 [n] in [-1, 1]."""
    return mean if source == MEAN else downmix(samples[:, source])
