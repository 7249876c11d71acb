"""Binary glTF files, written for tests."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.web.faces.heads import Mesh, Points


class Glb:
    """A binary glTF file in the making."""

    def __init__(self, meshes: Iterable[Mesh]) -> None:
        self._bytes = bytearray()
        self.json: dict[str, Any] = {
            "asset": {"version": "2.0", "generator": "a2e tests"},
            **{key: [] for key in ("accessors", "bufferViews", "materials", "meshes", "nodes")},
            "scene": 0,
            "scenes": [{"nodes": []}],
        }
        for mesh in meshes:
            self.add_node({"name": mesh.name, "mesh": self._add_mesh(mesh)})

    def add_node(self, node: dict[str, Any], *, root: bool = True) -> int:
        self.json["nodes"].append(node)
        number = len(self.json["nodes"]) - 1
        if root:
            self.json["scenes"][0]["nodes"].append(number)
        return number

    def binds(self, shape: str) -> list[tuple[int, int]]:
        """The mesh (and node) and the morph target of a shape, everywhere."""
        return [
            (number, mesh["extras"]["targetNames"].index(shape))
            for number, mesh in enumerate(self.json["meshes"])
            if shape in mesh["extras"].get("targetNames", ())
        ]

    def _add_mesh(self, mesh: Mesh) -> int:
        self.json["materials"].append(
            {
                "pbrMetallicRoughness": {
                    "baseColorFactor": [*mesh.colour, 1],
                    "metallicFactor": 0,
                    "roughnessFactor": 1,
                },
                "doubleSided": True,
            }
        )
        primitive: dict[str, Any] = {
            "attributes": {
                "POSITION": self._add(mesh.points, 5126, "VEC3"),
                "NORMAL": self._add(_normals(mesh.points), 5126, "VEC3"),
            },
            "indices": self._add(mesh.triangles.reshape(-1), 5123, "SCALAR"),
            "material": len(self.json["materials"]) - 1,
        }
        made: dict[str, Any] = {"primitives": [primitive], "extras": dict(mesh.extras)}
        if mesh.moves:
            moves = mesh.moves.values()
            primitive["targets"] = [{"POSITION": self._add(m, 5126, "VEC3")} for m in moves]
            made["weights"] = [0.0] * len(mesh.moves)
            made["extras"]["targetNames"] = list(mesh.moves)
        self.json["meshes"].append(made)
        return len(self.json["meshes"]) - 1

    def _add(self, array: NDArray[Any], kind: int, shape: str) -> int:
        data = np.ascontiguousarray(array)
        raw = data.tobytes()
        view = {"buffer": 0, "byteOffset": len(self._bytes), "byteLength": len(raw)}
        self.json["bufferViews"].append(view)
        self._bytes += raw + bytes(-len(raw) % 4)
        accessor = {
            "bufferView": len(self.json["bufferViews"]) - 1,
            "componentType": kind,
            "count": len(data),
            "type": shape,
        }
        if shape == "VEC3":
            accessor |= {"min": data.min(0).tolist(), "max": data.max(0).tolist()}
        self.json["accessors"].append(accessor)
        return len(self.json["accessors"]) - 1

    def to_bytes(self) -> bytes:
        made = {**self.json, "buffers": [{"byteLength": len(self._bytes)}]}
        text = json.dumps(made).encode()
        text += b" " * (-len(text) % 4)
        length = 12 + 8 + len(text) + 8 + len(self._bytes)
        return b"".join(
            [
                struct.pack("<4sII", b"glTF", 2, length),
                struct.pack("<I4s", len(text), b"JSON"),
                text,
                struct.pack("<I4s", len(self._bytes), b"BIN\0"),
                bytes(self._bytes),
            ]
        )


def _normals(points: Points) -> Points:
    out = points * np.float32([0.4, 0.3, 1]) + np.float32([0, 0, 0.3])
    normals: Points = (out / np.linalg.norm(out, axis=1, keepdims=True)).astype(np.float32)
    return normals
