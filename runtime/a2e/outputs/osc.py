"""OSC 1.0 (https://opensoundcontrol.stanford.edu/spec-1_0.html): as much of it as frames need."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from a2e.arrays import Floats
from a2e.outputs.address import Address
from a2e.outputs.encoder import Encoder, FrameFormat, Payload

IMMEDIATELY = struct.pack(">Q", 1)
BUNDLE = b"#bundle\0" + IMMEDIATELY
DATAGRAM = 1_400
"""Most bytes of a bundle: with its headers less than an Ethernet frame's 1500, so that no router
cuts it."""


def message(address: str, *arguments: float | int | str) -> bytes:
    """A message; floats are 32 bits."""
    tags, content = ",", b""
    for argument in arguments:
        match argument:
            case str():
                tags, content = tags + "s", content + padded(argument)
            case int():
                tags, content = tags + "i", content + struct.pack(">i", argument)
            case _:
                tags, content = tags + "f", content + struct.pack(">f", argument)
    return padded(address) + padded(tags) + content


def padded(text: str) -> bytes:
    """A text with one to four zeros after it, a multiple of four bytes."""
    data = text.encode()
    return data + bytes(4 - len(data) % 4)


def bundles(messages: Iterable[bytes]) -> Iterator[bytes]:
    """Messages in as few bundles as fit into datagrams, in their order."""
    bundle = BUNDLE
    for content in messages:
        element = struct.pack(">i", len(content)) + content
        if len(bundle) + len(element) > DATAGRAM and bundle != BUNDLE:
            yield bundle
            bundle = BUNDLE
        bundle += element
    if bundle != BUNDLE:
        yield bundle


class OscFloats(Encoder):
    """``/prefix/<shape>`` with a float for each shape of a frame, in bundles."""

    holds_pose = True

    def __init__(self, address: Address, format: FrameFormat, speech: int) -> None:
        self._names = [f"{address.path}/{name}" for name in format.names]

    def frame(self, index: int, weights: Floats) -> list[Payload]:
        values = zip(self._names, weights.tolist(), strict=True)
        return list(bundles(message(name, value) for name, value in values))
