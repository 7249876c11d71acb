"""Raw samples: bytes in any integer or float width and byte order, or G.711, to arrays."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from a2e.audio.samples import MAX_CHANNELS
from a2e.errors import AudioError, OptionError

ENCODINGS = (
    *("u8", "s8", "s16le", "s16be", "s24le", "s24be", "s32le", "s32be"),
    *("f32le", "f32be", "f64le", "f64be", "mulaw", "alaw"),
)
"""FFmpeg's names: sign or float, bits of a sample, byte order; telephone's two laws."""
G711 = ("mulaw", "alaw")
MULAW_BIAS = 33


class PcmDecoder:
    """Bytes of one signal, cut anywhere, to samples; a sample's first bytes wait for its last.

    ``encoding`` is one of ``ENCODINGS``, ``channels`` 1 to 64, interleaved. Raises
    :class:`a2e.errors.OptionError` for others.
    """

    def __init__(self, encoding: str, channels: int = 1) -> None:
        if encoding not in ENCODINGS:
            raise OptionError(f"encoding must be one of {', '.join(ENCODINGS)}; got {encoding!r}")
        if not 1 <= channels <= MAX_CHANNELS:
            raise OptionError(f"channels must be 1 to {MAX_CHANNELS}; got {channels}")
        self.encoding = encoding
        self.channels = channels
        self.width = sample_bytes(encoding)
        """Bytes of one sample of one channel."""
        self._rest = b""

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of all channels."""
        return self.width * self.channels

    @property
    def pending(self) -> int:
        """Bytes that wait for the rest of their sample."""
        return len(self._rest)

    def push(self, data: bytes) -> NDArray[Any]:
        """The samples that ``data`` completes, [n, channels].

        s16, mulaw and alaw give int16, f32 float32 and f64 float64; all others float32 in [-1, 1].
        """
        data = self._rest + data
        whole = len(data) // self.frame_bytes * self.frame_bytes
        self._rest = data[whole:]
        return self._samples(data[:whole]).reshape(-1, self.channels)

    def reset(self) -> None:
        """Forgets the bytes of a sample that has not come whole."""
        self._rest = b""

    def _samples(self, data: bytes) -> NDArray[Any]:
        if self.encoding in G711:
            return g711_table(self.encoding)[np.frombuffer(data, np.uint8)]
        kind, order = self.encoding[0], ">" if self.encoding.endswith("be") else "<"
        if kind == "f":
            return _native(np.frombuffer(data, f"{order}f{self.width}"))
        if self.width == 2:
            return _native(np.frombuffer(data, f"{order}i2"))
        if self.encoding == "u8":
            return (np.frombuffer(data, np.uint8).astype(np.float32) - 128) / np.float32(128)
        if self.width == 3:
            integers = _widened(data, order)
        else:
            integers = np.frombuffer(data, f"{order}i{self.width}")
        full_scale = 2.0 ** (8 * integers.itemsize - 1)
        return (integers / full_scale).astype(np.float32)


def sample_bytes(encoding: str) -> int:
    """Bytes of one sample of one channel."""
    return 1 if encoding in G711 else int("".join(filter(str.isdigit, encoding))) // 8


def decode_pcm(data: bytes, encoding: str, channels: int = 1) -> NDArray[Any]:
    """Whole samples, [n, channels], as :meth:`PcmDecoder.push` gives them.

    Raises :class:`a2e.errors.AudioError` for bytes that end within a sample, and
    :class:`a2e.errors.OptionError` as :class:`PcmDecoder` does.
    """
    decoder = PcmDecoder(encoding, channels)
    samples = decoder.push(data)
    if decoder.pending:
        raise AudioError(
            f"expected a whole number of {decoder.frame_bytes}-byte samples; got {len(data)} "
            f"bytes. Is {encoding} with {channels} channel(s) right?"
        )
    return samples


@lru_cache
def g711_table(law: str) -> NDArray[np.int16]:
    """int16 [256], the sample of each byte, ITU-T G.711 (11/1988), tables 1 and 2.

    A byte is a sign, a segment of 3 bits and a step of 4 bits; its value is the middle of its
    interval. mu-law's 14 and A-law's 13 bits stand in the upper bits of 16.
    """
    sent = np.arange(256) ^ (0xFF if law == "mulaw" else 0x55)
    segment, step = sent >> 4 & 7, sent & 15
    if law == "mulaw":
        magnitude = (((2 * step + MULAW_BIAS) << segment) - MULAW_BIAS) << 2
        negative = sent & 0x80 != 0
    else:
        magnitude = (
            np.where(segment == 0, 2 * step + 1, (2 * step + 33) << np.maximum(segment - 1, 0)) << 3
        )
        negative = sent & 0x80 == 0
    table = np.where(negative, -magnitude, magnitude).astype(np.int16)
    table.flags.writeable = False
    return table


def _native(samples: NDArray[Any]) -> NDArray[Any]:
    return samples.astype(samples.dtype.newbyteorder("="), copy=False)


def _widened(data: bytes, order: str) -> NDArray[np.int32]:
    """24-bit integers as the upper three bytes of 32-bit ones."""
    triples = np.frombuffer(data, np.uint8).reshape(-1, 3)
    if order == ">":
        triples = triples[:, ::-1]
    wide = np.zeros((len(triples), 4), np.uint8)
    wide[:, 1:] = triples
    return wide.view("<i4").reshape(-1).astype(np.int32)
