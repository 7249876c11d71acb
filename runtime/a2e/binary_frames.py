"""Frames as ``/ws/a2e`` sends them in binary: a header, then float32 weights, row by row."""

from __future__ import annotations

import struct
from typing import NamedTuple

import numpy as np

from a2e.arrays import Floats

MAGIC = b"A2EF"
HEADER = struct.Struct("<4sIII")
"""Magic, speech, first frame, number of frames."""


class BinaryFrames(NamedTuple):
    """Frames of one speech."""

    speech: int
    first: int
    """The number of the first of them in their speech."""
    weights: Floats
    """float32 [n, names]."""


def pack_frames(frames: BinaryFrames) -> bytes:
    """The message; all numbers are little-endian."""
    header = HEADER.pack(MAGIC, frames.speech, frames.first, len(frames.weights))
    return header + frames.weights.astype("<f4").tobytes()


def unpack_frames(message: bytes) -> BinaryFrames:
    """What is in a message; raises ``ValueError`` if that is none."""
    if len(message) < HEADER.size or not message.startswith(MAGIC):
        raise ValueError(f"expected a message that begins with {MAGIC!r}; got {message[:4]!r}")
    _, speech, first, count = HEADER.unpack_from(message)
    weights = np.frombuffer(message, "<f4", offset=HEADER.size).astype(np.float32, copy=False)
    if count == 0 or len(weights) % count:
        raise ValueError(f"expected {count} frames; got {len(weights)} weights")
    return BinaryFrames(speech, first, weights.reshape(count, -1))
