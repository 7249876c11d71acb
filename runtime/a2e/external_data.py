"""Lets ONNX Runtime map a model file's weights into memory instead of copying them.

ONNX Runtime maps weights that an ONNX file refers to in a second file, and copies those it holds
itself: twice, for a while. A model of ours is one file. So what is handed over here is the file
without its large weights, which refer to the places in that very file where they lie.

An ONNX file is a protobuf message: ModelProto.graph is a GraphProto, GraphProto.initializer holds
TensorProtos, and TensorProto.raw_data the weights (onnx.proto3 of ONNX, field numbers below).
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from a2e.errors import ModelError

GRAPH = 7  # of ModelProto
INITIALIZER = 5  # of GraphProto
RAW_DATA, EXTERNAL_DATA, DATA_LOCATION = 9, 13, 14  # of TensorProto
KEY, VALUE = 1, 2  # of StringStringEntryProto
EXTERNAL = 1  # a TensorProto.DataLocation
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5  # protobuf wire types
LARGE = 4096
"""Bytes; smaller weights are left where they are."""


class Field(NamedTuple):
    """A field of a message: where it starts, where its value lies, and where it ends."""

    number: int
    wire: int
    start: int
    value: int
    end: int


def without_weights(path: Path) -> bytes:
    """The ONNX model at ``path``, its large weights replaced by references to the file by name.

    Raises :class:`ModelError` for a file that is no ONNX model.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return b"".join(_model(data, path.name))
    except ValueError as error:
        raise ModelError(f"{path} can't be loaded as an ONNX model: {error}") from error


def _model(data: mmap.mmap, name: str) -> Iterator[bytes]:
    for field in _fields(data, 0, len(data)):
        if field.number == GRAPH and field.wire == BYTES:
            graph = b"".join(_graph(data, field, name))
            yield _message(GRAPH, graph)
        else:
            yield data[field.start : field.end]


def _graph(data: mmap.mmap, graph: Field, name: str) -> Iterator[bytes]:
    for field in _fields(data, graph.value, graph.end):
        if field.number == INITIALIZER and field.end - field.value > LARGE:
            yield _message(INITIALIZER, b"".join(_tensor(data, field, name)))
        else:
            yield data[field.start : field.end]


def _tensor(data: mmap.mmap, tensor: Field, name: str) -> Iterator[bytes]:
    fields = list(_fields(data, tensor.value, tensor.end))
    raw = next((field for field in fields if field.number == RAW_DATA), None)
    moved = (RAW_DATA, DATA_LOCATION) if raw else ()
    yield from (data[field.start : field.end] for field in fields if field.number not in moved)
    if raw:
        place = {"location": name, "offset": raw.value, "length": raw.end - raw.value}
        for key, value in place.items():
            entry = _message(KEY, key.encode()) + _message(VALUE, str(value).encode())
            yield _message(EXTERNAL_DATA, entry)
        yield _varint(DATA_LOCATION << 3 | VARINT) + _varint(EXTERNAL)


def _fields(data: mmap.mmap, start: int, end: int) -> Iterator[Field]:
    """The fields of the message in data[start:end]; raises ValueError where it is none."""
    while start < end:
        tag, value = _read_varint(data, start)
        wire = tag & 7
        if wire == BYTES:
            length, value = _read_varint(data, value)
            stop = value + length
        elif wire == VARINT:
            _, stop = _read_varint(data, value)
        elif wire in (FIXED64, FIXED32):
            stop = value + (8 if wire == FIXED64 else 4)
        else:
            raise ValueError(f"byte {start} starts no protobuf field")
        if stop > end:
            raise ValueError("the file is cut off")
        yield Field(tag >> 3, wire, start, value, stop)
        start = stop


def _read_varint(data: mmap.mmap, at: int) -> tuple[int, int]:
    """A number and where the next thing starts."""
    number = shift = 0
    while shift < 64:
        if at >= len(data):
            raise ValueError("the file is cut off")
        byte = data[at]
        number |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return number, at
    raise ValueError(f"byte {at} ends no protobuf number")


def _varint(number: int) -> bytes:
    parts = bytearray()
    while number > 127:
        parts.append(number & 127 | 128)
        number >>= 7
    return bytes([*parts, number])


def _message(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | BYTES) + _varint(len(value)) + value
