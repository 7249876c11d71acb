"""Protobuf's wire format: as much of it as a look into an ONNX file needs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from io import BufferedIOBase
from typing import NamedTuple

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5  # wire types
LONGEST_VARINT = 10  # bytes
PIECE = 2**18
"""Bytes of a large value that are in memory together."""


class Field(NamedTuple):
    """A field of a message, and where its value lies."""

    number: int
    wire: int
    head: bytes
    """Tag and, of a BYTES field, length."""
    start: int
    end: int


class Reader:
    """A file of one message, read front to back: nothing but what is asked for is held.

    Raises ValueError where the file is no protobuf message or ends too early.
    """

    def __init__(self, file: BufferedIOBase) -> None:
        self._file = file
        self.size = file.seek(0, os.SEEK_END)
        """Bytes in the file."""
        self._at = file.seek(0)
        self._piece = memoryview(bytearray(PIECE))

    def fields(self, end: int) -> Iterator[Field]:
        """The fields from here to byte ``end``; what is not read of a value is passed over."""
        while self._at < end:
            field = self._field(end)
            yield field
            if self._at != field.end:
                self._at = self._file.seek(field.end)

    def read(self, count: int) -> bytes:
        """The next ``count`` bytes."""
        data = self._file.read(count)
        if len(data) < count:
            raise ValueError("the file is cut off")
        self._at += count
        return data

    def pieces(self, count: int) -> Iterator[memoryview]:
        """The next ``count`` bytes in pieces; each is good until the next is asked for."""
        while count:
            size = self._file.readinto(self._piece[:count])
            if not size:
                raise ValueError("the file is cut off")
            self._at += size
            count -= size
            yield self._piece[:size]

    def _field(self, end: int) -> Field:
        start = self._at
        tag, head = self._varint()
        number, wire = tag >> 3, tag & 7
        length = 0
        if wire == BYTES:
            length, size = self._varint()
            head += size
        elif wire in (FIXED64, FIXED32):
            length = 8 if wire == FIXED64 else 4
        elif wire != VARINT:
            raise ValueError(f"byte {start} starts no protobuf field")
        value = self._at
        if wire == VARINT:
            self._varint()
            length = self._at - value
            self._at = self._file.seek(value)
        if number < 1 or value + length > end:
            raise ValueError(f"the field at byte {start} is cut off or damaged")
        return Field(number, wire, head, value, value + length)

    def _varint(self) -> tuple[int, bytes]:
        """A number and its bytes."""
        number, data = 0, bytearray()
        while len(data) < LONGEST_VARINT:
            byte = self.read(1)[0]
            number |= (byte & 127) << 7 * len(data)
            data.append(byte)
            if byte < 128:
                return number, bytes(data)
        raise ValueError(f"byte {self._at} ends no protobuf number")


def varint_at(data: bytes, at: int) -> tuple[int, int]:
    """The number at byte ``at`` and where the next thing starts; raises ValueError."""
    number = shift = 0
    for place in range(at, min(at + LONGEST_VARINT, len(data))):
        byte = data[place]
        number |= (byte & 127) << shift
        if byte < 128:
            return number, place + 1
        shift += 7
    raise ValueError("a protobuf number is cut off")


def fields_of(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Field]:
    """The fields of the message data[start:end]; ``head`` stays empty. Raises ValueError."""
    end = len(data) if end is None else end
    while start < end:
        tag, value = varint_at(data, start)
        wire = tag & 7
        if wire == BYTES:
            length, value = varint_at(data, value)
            stop = value + length
        elif wire == VARINT:
            _, stop = varint_at(data, value)
        elif wire in (FIXED64, FIXED32):
            stop = value + (8 if wire == FIXED64 else 4)
        else:
            raise ValueError("a message in the file is damaged")
        if tag < 8 or stop > end:
            raise ValueError("a message in the file is cut off")
        yield Field(tag >> 3, wire, b"", value, stop)
        start = stop


def varint(number: int) -> bytes:
    """A number from 0 up, as protobuf writes it."""
    parts = bytearray()
    while number > 127:
        parts.append(number & 127 | 128)
        number >>= 7
    return bytes([*parts, number])


def message(number: int, value: bytes) -> bytes:
    """A BYTES field."""
    return varint(number << 3 | BYTES) + varint(len(value)) + value
