"""Pieces as a decoder gives them to blocks of one rate and one number of channels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import soxr

from a2e.arrays import Floats

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
        self._resampler: soxr.ResampleStream | None = None

    def push(self, samples: Floats, rate: int) -> Iterator[Floats]:
        """float32 [n, any] at any ``rate`` to [m, channels] at the first."""
        if rate != self._source_rate:
            yield from self.finish()
            self._source_rate = rate
            if rate != self._rate:
                self._resampler = soxr.ResampleStream(
                    rate, self._rate, self._channels, dtype="float32"
                )
        if samples.shape[1] != self._channels:
            mono = samples.mean(axis=1, dtype=np.float64).astype(np.float32)
            samples = np.repeat(mono[:, None], self._channels, axis=1)
        yield samples if self._resampler is None else self._resample(samples, False)

    def finish(self) -> Iterator[Floats]:
        """What a change of rate still holds back."""
        if self._resampler is not None:
            yield self._resample(np.zeros((0, self._channels), np.float32), True)
            self._resampler = None

    def _resample(self, samples: Floats, last: bool) -> Floats:
        assert self._resampler is not None
        resampled: Floats = self._resampler.resample_chunk(samples, last=last)
        return resampled.reshape(-1, self._channels)
