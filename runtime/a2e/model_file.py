"""A look into a model file before ONNX Runtime reads it: its metadata, its checksums, its dangers.

An ONNX file is a protobuf message: ModelProto.graph is a GraphProto, GraphProto.initializer holds
TensorProtos, and TensorProto.raw_data the weights (field numbers from ONNX's onnx.proto3). Here
everything but the weights is the file's structure. It is small, is held to limits, and is walked
through whole; the weights go by in pieces.

Two CRC-32s (zlib's) are taken on the way:

``weights_crc32``    of the raw_data of all of the graph's initializers, in the file's order
``structure_crc32``  of all else: the fields of the model, of its graph and of the initializers, in
                     the file's order, tags and lengths included; but without the tags and lengths
                     that only say where the graph and each initializer lie, without the
                     initializers' data_location (tools write it or don't, with one meaning), and
                     without the metadata entry that holds this checksum
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BufferedIOBase
from pathlib import Path

from a2e.errors import ModelError
from a2e.protobuf import BYTES, VARINT, Field, Reader, fields_of
from a2e.spec import PREFIX, STRUCTURE_CRC, WEIGHTS_CRC

GRAPH, METADATA, FUNCTIONS = 7, 14, 25  # of ModelProto
INITIALIZER = 5  # of GraphProto
RAW_DATA, EXTERNAL_DATA, DATA_LOCATION = 9, 13, 14  # of TensorProto
KEY, VALUE = 1, 2  # of StringStringEntryProto

MAX_STRUCTURE = 4 * 2**20
"""Bytes of a file without its weights (a model of LAM's size has 0.2 MB)."""
MAX_FIELDS = 100_000
"""Protobuf fields in a file (a model of LAM's size has 20,000): each becomes an object in memory,
many times as large as the two bytes that it may take in a file."""
MAX_DEPTH = 16
"""Messages within messages."""
MAX_NODES = 10_000
"""Operators of a graph (a model of LAM's size has 1,000)."""

MESSAGES = {
    "model": {METADATA: "entry", 8: "plain", 20: "training", FUNCTIONS: "function"},
    "graph": {
        1: "node",
        INITIALIZER: "tensor",
        15: "sparse",
        11: "value",
        12: "value",
        13: "value",
        14: "plain",
        16: "entry",
    },
    "node": {5: "attribute", 9: "entry", 10: "plain"},
    "attribute": {
        5: "tensor",
        6: "subgraph",
        10: "tensor",
        11: "subgraph",
        14: "value",
        15: "value",
        22: "sparse",
        23: "sparse",
    },
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {13: "entry", 16: "entry"},
}
"""The fields of a message that are messages themselves, and their kind. Kinds that are not listed
are not looked into."""
REFUSED = {
    "subgraph": "control flow (Loop, If, Scan)",
    "function": "functions of its own",
    "training": "training information",
}


@dataclass
class Contents:
    """The facts of a file, as far as they show without ONNX Runtime."""

    metadata: dict[str, str] = field(default_factory=dict)
    """The entries of ``metadata_props``."""
    weights_crc: int = 0
    structure_crc: int = 0

    @property
    def checksums(self) -> tuple[str, str]:
        """Of weights and structure, as the metadata holds them: eight hexadecimal digits."""
        return f"{self.weights_crc:08x}", f"{self.structure_crc:08x}"

    def check(self, source: str) -> None:
        """Raises :class:`ModelError` unless the file's own checksums are those of its content."""
        for name, checksum in zip((WEIGHTS_CRC, STRUCTURE_CRC), self.checksums, strict=True):
            if self.metadata.get(PREFIX + name, "").strip('"').lower() != checksum:
                part = "weights are" if name == WEIGHTS_CRC else "graph or metadata are"
                raise ModelError(
                    f"{source} is damaged: its {part} not what was written (checksum {checksum}, "
                    f"the file says {self.metadata.get(PREFIX + name, 'nothing')[:12]}). Get it "
                    "again, or convert the checkpoint again"
                )


@contextmanager
def opened(path: Path) -> Iterator[Contents]:
    """The contents of the model file at ``path``, which may not change within the block.

    Raises :class:`ModelError` for a file that is no ONNX model, refers to other files, or asks for
    more than a model needs; and at the end for one that was written to meanwhile.
    """
    name = shown(path)
    if not path.is_file():
        raise ModelError(f"there is no model file at {name}")
    try:
        with path.open("rb") as file:
            before = _version(os.fstat(file.fileno()))
            contents = read_contents(file)
    except (ValueError, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ModelError(f"{name} can't be loaded as an ONNX model: {reason}") from error
    yield contents
    try:
        unchanged = _version(path.stat()) == before
    except OSError:
        unchanged = False
    if not unchanged:
        raise ModelError(
            f"{name} changed while it was loaded. Write a new model beside it and rename it"
        )


def shown(path: Path) -> str:
    """The path for messages: bytes that are no UTF-8 are escaped."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _version(stat: os.stat_result) -> tuple[int, ...]:
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns


def read_contents(file: BufferedIOBase) -> Contents:
    """The contents of an ONNX file; raises ValueError."""
    return _Scan(file).contents()


class _Scan:
    """One way through a file."""

    def __init__(self, file: BufferedIOBase) -> None:
        self._reader = Reader(file)
        self._contents = Contents()
        self._structure = 0  # bytes
        self._fields = 0
        self._nodes = 0

    def contents(self) -> Contents:
        graphs = 0
        for item in self._reader.fields(self._reader.size):
            if item.number == GRAPH and item.wire == BYTES:
                graphs += 1
                self._graph(item)
            else:
                self._part("model", item)
        if graphs != 1:
            raise ValueError(f"it has {graphs or 'no'} graph{'s' * (graphs > 1)}")
        return self._contents

    def _graph(self, graph: Field) -> None:
        self._count()
        for item in self._reader.fields(graph.end):
            if item.number == INITIALIZER and item.wire == BYTES:
                self._initializer(item)
            else:
                self._part("graph", item)

    def _initializer(self, tensor: Field) -> None:
        self._count()
        raw = 0
        for item in self._reader.fields(tensor.end):
            if item.number == RAW_DATA and item.wire == BYTES:
                raw += 1
                self._weights(item.end - item.start)
            elif item.number == DATA_LOCATION and item.wire == VARINT:
                self._count()
                _refuse_external(item, self._reader.read(item.end - item.start), 0)
            else:
                self._part("tensor", item)
        if raw > 1:
            raise ValueError("an initializer holds its weights twice")

    def _weights(self, size: int) -> None:
        self._count()
        crc = self._contents.weights_crc
        for piece in self._reader.pieces(size):
            crc = zlib.crc32(piece, crc)
        self._contents.weights_crc = crc

    def _part(self, kind: str, item: Field) -> None:
        """A field of the structure in a message of ``kind``."""
        self._structure += len(item.head) + item.end - item.start
        if self._structure > MAX_STRUCTURE:
            raise ValueError(
                f"it holds more than {MAX_STRUCTURE >> 20} MiB beside its weights, which belong "
                "into its graph's initializers as raw_data"
            )
        value = self._reader.read(item.end - item.start)
        if (kind, item.number, item.wire) == ("model", METADATA, BYTES):
            key, text = entry(value)
            if key in self._contents.metadata:
                raise ValueError(f"its metadata says {key[:40]!r} twice")
            self._contents.metadata[key] = text
            if key == PREFIX + STRUCTURE_CRC:
                self._count()
                return
        crc = self._contents.structure_crc
        self._contents.structure_crc = zlib.crc32(value, zlib.crc32(item.head, crc))
        self._walk(kind, item._replace(start=0, end=len(value)), value)

    def _walk(self, kind: str, item: Field, data: bytes) -> None:
        """Counts the fields in ``data``, the value of a field of a message of ``kind``."""
        todo = [(kind, item, 0)]
        while todo:
            kind, item, depth = todo.pop()
            self._count()
            if kind == "tensor":
                _refuse_external(item, data, item.start)
            inner = MESSAGES.get(kind, {}).get(item.number) if item.wire == BYTES else None
            if inner is None:
                continue
            if inner in REFUSED:
                raise ValueError(f"it has {REFUSED[inner]}, which no a2e model needs")
            self._nodes += inner == "node"
            if self._nodes > MAX_NODES or depth > MAX_DEPTH:
                raise ValueError(f"its graph has more than {MAX_NODES} operators, or nests them")
            for part in fields_of(data, item.start, item.end):
                todo.append((inner, part, depth + 1))
                if len(todo) > MAX_FIELDS:
                    self._count(MAX_FIELDS)

    def _count(self, more: int = 1) -> None:
        self._fields += more
        if self._fields > MAX_FIELDS:
            raise ValueError(f"it has more than {MAX_FIELDS} parts beside its weights")


def _refuse_external(item: Field, data: bytes, start: int) -> None:
    """Raises ValueError for a field of a tensor that lies in another file."""
    located = item.number == DATA_LOCATION and item.wire == VARINT and data[start] != 0
    if located or (item.number == EXTERNAL_DATA and item.wire == BYTES):
        raise ValueError(
            "its weights are in another file (external data), and a model of a2e is one file; "
            "convert the checkpoint again"
        )


def entry(data: bytes) -> tuple[str, str]:
    """Key and value of a metadata entry; raises ValueError."""
    texts = {KEY: b"", VALUE: b""}
    for item in fields_of(data):
        if item.number in texts and item.wire == BYTES:
            texts[item.number] = data[item.start : item.end]
    try:
        return texts[KEY].decode(), texts[VALUE].decode()
    except UnicodeDecodeError as error:
        raise ValueError("its metadata is no UTF-8") from error
