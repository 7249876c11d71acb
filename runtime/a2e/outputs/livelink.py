"""Live Link Face's packets, as the iPhone app sends them to Unreal's Live Link (UDP 11111).

Big-endian, each text after its length: u8 version (6), device id (36 bytes), subject, then the
frame's time as i32 frame number and f32 part of a frame, the rate as two i32, u8 61 and 61 float32.
A reader that takes the version for four little-endian bytes finds the id's length, 36, as a ``$``
before the id, which amounts to the same bytes.
"""

from __future__ import annotations

import math
import struct
from uuid import NAMESPACE_URL, uuid5

import numpy as np

from a2e.arrays import Floats
from a2e.formats.livelink import COLUMNS as RECORDED
from a2e.outputs.address import Address
from a2e.outputs.encoder import Encoder, FrameFormat, Payload, check_arkit

VERSION = 6
SUBJECT = "a2e"
SWAPPED = {
    "JawRight": "JawLeft",
    "JawLeft": "JawRight",
    "MouthRight": "MouthLeft",
    "MouthLeft": "MouthRight",
}
COLUMNS = tuple(SWAPPED.get(column, column) for column in RECORDED)
"""A packet's order has left before right, also where a recording has not."""
TIMES = struct.Struct("!ifiiB")
DAY = 24 * 60 * 60


class LiveLinkPackets(Encoder):
    """A packet for each frame; a shape that is not there stays 0, and a head that does not move.

    The timecode counts frames since midnight. Raises :class:`a2e.errors.OptionError` for frames
    without ARKit's shapes.
    """

    holds_pose = True

    def __init__(self, address: Address, format: FrameFormat, speech: int) -> None:
        check_arkit(format.names, "Live Link")
        subject = address.path or SUBJECT
        self._head = struct.pack("!B", VERSION) + text(device_id(subject)) + text(subject)
        self._fps = format.fps
        lowered = {name.lower(): column for column, name in enumerate(format.names)}
        found = [(i, lowered[c.lower()]) for i, c in enumerate(COLUMNS) if c.lower() in lowered]
        self._places, self._sources = map(list, zip(*found, strict=True))
        self._first, self._part = 0, 0.0

    def begin(self, time_of_day: float) -> list[Payload]:
        first = time_of_day * float(self._fps)
        self._first = math.floor(first)
        self._part = first - self._first
        return []

    def frame(self, index: int, weights: Floats) -> list[Payload]:
        fps = self._fps
        number = (self._first + index) % math.ceil(DAY * fps)
        times = TIMES.pack(number, self._part, fps.numerator, fps.denominator, len(COLUMNS))
        values = np.zeros(len(COLUMNS), ">f4")
        values[self._places] = weights[self._sources]
        return [self._head + times + values.tobytes()]


def device_id(subject: str) -> str:
    """36 characters that are always the same for a subject, so that receivers know it again."""
    return str(uuid5(NAMESPACE_URL, f"livelink:{subject}")).upper()


def text(value: str) -> bytes:
    """ASCII after its length."""
    return struct.pack("!i", len(value)) + value.encode("ascii")
