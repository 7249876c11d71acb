"""glTF 2.0 files: read, with what they refer to in one buffer; added to; written as one file.

Khronos's specification 2.0.1, sections 3.6 (binary data) and 4.4 (GLB). What is not touched here
stays as it was, whatever its extensions.
"""

from __future__ import annotations

import base64
import json
import struct
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import unquote, unquote_to_bytes

from a2e.arrays import Floats
from a2e.errors import OptionError

Json: TypeAlias = dict[str, Any]

MAGIC, VERSION = b"glTF", 2
HEADER, CHUNK = struct.Struct("<4sII"), struct.Struct("<I4s")
JSON_CHUNK, BINARY_CHUNK = b"JSON", b"BIN\0"
ALIGNMENT = 8
"""Bytes: more than any component type needs, and no view is shifted within its own."""
FLOAT = 5126
IMAGES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".ktx2": "image/ktx2",
}
MALFORMED = (KeyError, IndexError, TypeError, ValueError, AttributeError, struct.error)
"""What reading JSON of another form raises."""


class Gltf:
    """A file's JSON and all of its binary data; raises :class:`a2e.errors.OptionError` for what
    is no glTF 2.0."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.data = bytearray()
        """The bytes of buffer 0."""
        raw = self._read(self.path)
        try:
            self.json: Json
            self.json, binary = _parsed(raw)
            if str(self.json["asset"]["version"]).partition(".")[0] != str(VERSION):
                raise ValueError(f"version {self.json['asset']['version']}; 2.0 is read")
            self._pack(binary)
        except OptionError:
            raise
        except MALFORMED as error:
            raise self.refused(error) from error

    def refused(self, error: Exception) -> OptionError:
        """The error for a file that is not as it should be."""
        kind = "lacks " if isinstance(error, KeyError) else ""
        return OptionError(f"{self.path} can't be read as glTF: {kind}{error}")

    def add(self, values: Floats, type: str, **facts: Any) -> int:
        """Adds an accessor of float32 values, one after the other; its number."""
        view = self._view(values.astype("<f4").tobytes())
        components = {"SCALAR": 1, "VEC3": 3}[type]
        accessor = {
            "bufferView": view,
            "componentType": FLOAT,
            "count": values.size // components,
            "type": type,
            **facts,
        }
        return _append(self.json, "accessors", accessor)

    def to_glb(self) -> bytes:
        """The file as one binary."""
        text = json.dumps(self._with_buffer(), separators=(",", ":"), allow_nan=False).encode()
        text += b" " * (-len(text) % 4)
        binary = bytes(self.data) + bytes(-len(self.data) % 4)
        chunks = CHUNK.pack(len(text), JSON_CHUNK) + text
        if binary:
            chunks += CHUNK.pack(len(binary), BINARY_CHUNK) + binary
        return HEADER.pack(MAGIC, VERSION, HEADER.size + len(chunks)) + chunks

    def to_gltf(self) -> bytes:
        """The file as JSON, the binary data within."""
        data = base64.b64encode(self.data).decode()
        uri = f"data:application/octet-stream;base64,{data}"
        return json.dumps(self._with_buffer(uri=uri), indent=1, allow_nan=False).encode() + b"\n"

    def _with_buffer(self, **facts: str) -> Json:
        first = {**facts, "byteLength": len(self.data)}
        rest = self.json.get("buffers", [])[1:]
        return {**self.json, "buffers": [first, *rest]} if self.data else self.json

    def _pack(self, binary: bytes | None) -> None:
        """Brings all buffers and images into one, which becomes the first."""
        places: list[tuple[int, int]] = []
        """Where each buffer has come: its number, and the bytes before it."""
        kept: list[Json] = [{}]
        for number, buffer in enumerate(self.json.get("buffers", [])):
            raw = binary if number == 0 and "uri" not in buffer else self._content(buffer)
            if raw is None:  # a place that an extension fills
                places.append((len(kept), 0))
                kept.append(buffer)
                continue
            length = buffer["byteLength"]
            if len(raw) < length:
                raise ValueError(f"buffer {number} has {len(raw)} of its {length} bytes")
            places.append((0, self._append_bytes(raw[:length])))
        for view in self.json.get("bufferViews", []):
            extensions = view.get("extensions", {}).values()
            for part in (view, *(one for one in extensions if "buffer" in one)):
                part["buffer"], before = places[part["buffer"]]
                part["byteOffset"] = part.get("byteOffset", 0) + before
        self.json["buffers"] = kept
        for image in self.json.get("images", []):
            self._take_in(image)

    def _take_in(self, image: Json) -> None:
        uri = image.get("uri")
        if uri is None or uri.startswith("data:"):
            return
        kind = IMAGES.get(Path(unquote(uri)).suffix.lower())
        if kind is None:
            raise ValueError(f"the image {uri} is no {', '.join(IMAGES)}")
        image["bufferView"] = self._view(self._read(self._beside(uri)))
        image["mimeType"] = kind
        del image["uri"]

    def _view(self, raw: bytes) -> int:
        start = self._append_bytes(raw)
        view = {"buffer": 0, "byteOffset": start, "byteLength": len(raw)}
        return _append(self.json, "bufferViews", view)

    def _append_bytes(self, raw: bytes) -> int:
        self.data += bytes(-len(self.data) % ALIGNMENT)
        start = len(self.data)
        self.data += raw
        return start

    def _content(self, buffer: Json) -> bytes | None:
        uri = buffer.get("uri")
        if uri is None:
            return None
        if uri.startswith("data:"):
            head, _, body = uri.partition(",")
            return base64.b64decode(body) if head.endswith(";base64") else unquote_to_bytes(body)
        return self._read(self._beside(uri))

    def _beside(self, uri: str) -> Path:
        """A file that is named from this one."""
        if ":" in uri.partition("/")[0]:
            raise ValueError(f"it refers to {uri[:60]}, which is not a file beside it")
        return self.path.parent / unquote(uri)

    def _read(self, path: Path) -> bytes:
        try:
            return path.read_bytes()
        except OSError as error:
            raise OptionError(f"{path} can't be read: {error.strerror}") from error


def _append(content: Json, key: str, value: Json) -> int:
    content.setdefault(key, []).append(value)
    return len(content[key]) - 1


def _parsed(raw: bytes) -> tuple[Json, bytes | None]:
    """The JSON, and a GLB's binary chunk."""
    if raw[:4] != MAGIC:
        content: Json = json.loads(raw)
        return content, None
    _, version, length = HEADER.unpack_from(raw)
    if version != VERSION:
        raise ValueError(f"version {version} of GLB; 2 is read")
    if len(raw) < length:
        raise ValueError(f"{len(raw)} of its {length} bytes are there")
    chunks: dict[bytes, bytes] = {}
    at = HEADER.size
    while at < length:
        size, kind = CHUNK.unpack_from(raw, at)
        at += CHUNK.size
        chunks.setdefault(kind, raw[at : at + size])
        at += size
    return json.loads(chunks[JSON_CHUNK]), chunks.get(BINARY_CHUNK)
