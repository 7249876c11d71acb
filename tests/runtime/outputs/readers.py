"""Readers of what outputs send, written from the formats' documents, and a receiver."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from a2e.arrays import Floats

LIVE_LINK = """
EyeBlinkLeft EyeLookDownLeft EyeLookInLeft EyeLookOutLeft EyeLookUpLeft EyeSquintLeft EyeWideLeft
EyeBlinkRight EyeLookDownRight EyeLookInRight EyeLookOutRight EyeLookUpRight EyeSquintRight
EyeWideRight JawForward JawLeft JawRight JawOpen MouthClose MouthFunnel MouthPucker MouthLeft
MouthRight MouthSmileLeft MouthSmileRight MouthFrownLeft MouthFrownRight MouthDimpleLeft
MouthDimpleRight MouthStretchLeft MouthStretchRight MouthRollLower MouthRollUpper MouthShrugLower
MouthShrugUpper MouthPressLeft MouthPressRight MouthLowerDownLeft MouthLowerDownRight
MouthUpperUpLeft MouthUpperUpRight BrowDownLeft BrowDownRight BrowInnerUp BrowOuterUpLeft
BrowOuterUpRight CheekPuff CheekSquintLeft CheekSquintRight NoseSneerLeft NoseSneerRight TongueOut
HeadYaw HeadPitch HeadRoll LeftEyeYaw LeftEyePitch LeftEyeRoll RightEyeYaw RightEyePitch
RightEyeRoll
""".split()
"""The order within a packet."""


class Packet(NamedTuple):
    """One of Live Link Face's packets."""

    version: int
    device: str
    subject: str
    frame: int
    part: float
    rate: tuple[int, int]
    values: dict[str, np.float32]


def read_livelink(data: bytes) -> Packet:
    """A packet, which must have nothing more."""
    version, at = data[0], 1
    texts = []
    for _ in range(2):
        (length,) = struct.unpack_from(">i", data, at)
        texts.append(data[at + 4 : at + 4 + length].decode("ascii"))
        at += 4 + length
    frame, part, numerator, denominator, count = struct.unpack_from(">ifiiB", data, at)
    values = np.frombuffer(data, ">f4", offset=at + 17).astype(np.float32)
    assert len(values) == count == len(LIVE_LINK)
    named = dict(zip(LIVE_LINK, values, strict=True))
    return Packet(version, texts[0], texts[1], frame, part, (numerator, denominator), named)


def arkit(packet: Packet, names: list[str]) -> Floats:
    """The values of these shapes."""
    return np.array([packet.values[name[0].upper() + name[1:]] for name in names], np.float32)


@contextmanager
def receiver() -> Iterator[socket.socket]:
    """A UDP socket that waits, on a port of its own."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        found.bind(("127.0.0.1", 0))
        found.settimeout(20)
        yield found


def address(scheme: str, found: socket.socket, path: str = "") -> str:
    return f"{scheme}://127.0.0.1:{found.getsockname()[1]}{path}"
