"""The header of a WAV file whose samples come in pieces, or where raw samples were expected."""

from __future__ import annotations

import struct
from typing import NamedTuple

MAX_HEADER = 1 << 16
"""Longest header looked through, bytes."""
CHUNK = struct.Struct("<4sI")
FORMAT = struct.Struct("<HHIIHH")
EXTENSIBLE = 0xFFFE
SUBFORMAT = slice(24, 26)
ENCODINGS = {
    (1, 8): "u8",
    (1, 16): "s16le",
    (1, 24): "s24le",
    (1, 32): "s32le",
    (3, 32): "f32le",
    (3, 64): "f64le",
    (6, 8): "alaw",
    (7, 8): "mulaw",
}
"""By format tag and bits of a sample."""


class WavHeader(NamedTuple):
    """What a header tells of the samples behind it."""

    encoding: str | None
    """Of ``a2e.audio.pcm``; None for compressed ones."""
    channels: int
    rate: int
    start: int
    """Bytes of the header."""
    size: int
    """Bytes of the samples, as the header says."""


def is_wav(data: bytes) -> bool:
    """Whether bytes begin as a WAV file does."""
    return data[:4] in (b"RIFF", b"RF64") and data[8:12] == b"WAVE"


def parse_header(data: bytes) -> WavHeader | None:
    """The header at the beginning of a WAV file; None while it is not all there."""
    format, place = b"", 12
    while place + CHUNK.size <= min(len(data), MAX_HEADER):
        name, size = CHUNK.unpack_from(data, place)
        place += CHUNK.size
        if name == b"data":
            return _header(format, place, size)
        if name == b"fmt ":
            format = data[place : place + size]
        place += size + size % 2
    return None


def _header(format: bytes, start: int, size: int) -> WavHeader | None:
    if len(format) < FORMAT.size:
        return WavHeader(None, 0, 0, start, size)
    tag, channels, rate, _, _, bits = FORMAT.unpack_from(format)
    if tag == EXTENSIBLE and len(format) >= SUBFORMAT.stop:
        tag = int.from_bytes(format[SUBFORMAT], "little")
    return WavHeader(ENCODINGS.get((tag, bits)), channels, rate, start, size)
