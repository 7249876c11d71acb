"""Pieces as a decoder gives them to blocks of one rate and one number of channels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from a2e.arrays import Floats
from a2e.audio.resample import Resampler

BLOCK_VALUES = 1 << 19
"""The most values, samples times channels, of a block: 2 MB."""


def blocks(pieces: Iterable[Floats], rate: int) -> Iterator[Floats]:
    """[n, channels] in any cutting to blocks of a second, the last one shorter.

    Blocks of many channels are shorter than a second.
    """
    parts: list[Floats] = []
    count = 0
    for piece in pieces:
        length = max(1, min(rate, BLOCK_VALUES // piece.shape[1]))
        while count + len(piece) >= length:
            cut = length - count
            yield np.concatenate([*parts, piece[:cut]])
            parts, count, piece = [], 0, piece[cut:]
        if len(piece):
            parts.append(piece)
            count += len(piece)
    if parts:
        yield np.concatenate(parts)


class Unifier:
    """Brings what follows in another rate or number of channels to the first ones."""

    def __init__(self, rate: int, channels: int) -> None:
        self._rate = rate
        self._channels = channels
        self._source_rate = rate
        self._resamplers: list[Resampler] = []  # of the channels, while rates differ

    def push(self, samples: Floats, rate: int) -> Iterator[Floats]:
        """float32 [n, any] at any ``rate`` to [m, channels] at the first."""
        if rate != self._source_rate:
            yield from self.finish()
            self._source_rate = rate
            if rate != self._rate:
                self._resamplers = [Resampler(rate, self._rate) for _ in range(self._channels)]
        if samples.shape[1] != self._channels:
            mono = samples.mean(axis=1, dtype=np.float64).astype(np.float32)
            samples = np.repeat(mono[:, None], self._channels, axis=1)
        if self._resamplers:
            pairs = zip(self._resamplers, samples.T, strict=True)
            samples = np.stack([resampler.push(channel) for resampler, channel in pairs], axis=1)
        yield samples

    def finish(self) -> Iterator[Floats]:
        """What a change of rate still holds back."""
        if self._resamplers:
            yield np.stack([resampler.finish() for resampler in self._resamplers], axis=1)
            self._resamplers = []
