"""What of a glTF head shows which of a frame's columns.

Morph targets by their names, or a VRM's expressions, which are mixes of them. A head that has less
than half of ARKit's shapes of the mouth, and visemes, speaks by those (as in
``web/faces/talkinghead.js``); its other shapes stay ARKit's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from a2e.arrays import Floats
from a2e.errors import OptionError
from a2e.formats.gltf_file import Json
from a2e.shapes import HEAD
from a2e.spelling import match_shapes
from a2e.visemes import shape_map
from a2e.visemes.table import column_names, is_viseme_set

ENOUGH = 0.5
"""The share of the mouth's shapes from which they are the better choice than visemes."""
LOWER = ("jaw", "mouth", "cheekPuff", "tongue")
"""Beginnings of the shapes that visemes stand for."""
SHOWN = 12
"""Names of a head in a message."""
VRM0_PRESETS = {
    "a": "aa",
    "i": "ih",
    "u": "ou",
    "e": "ee",
    "o": "oh",
    "blink_l": "blinkLeft",
    "blink_r": "blinkRight",
}


class Handle(NamedTuple):
    """Something with a name that moves morph targets: (mesh, target, share) each."""

    name: str
    moves: tuple[tuple[int, int, float], ...]


class Rig:
    """A head, and what each of its meshes gets of frames with the columns ``names``.

    Raises :class:`a2e.errors.OptionError` where nothing of it would move.
    """

    def __init__(self, content: Json, names: Sequence[str]) -> None:
        parts = [*_meshes(content), _expressions(content)]
        self._map = None
        bound = _bind(parts, names)
        if not is_viseme_set(names):
            mouth = [i for i, name in enumerate(names) if name.startswith(LOWER)]
            known = sum(bool(bound[i]) for i in mouth)
            for set in ("oculus", "vrm") if known < ENOUGH * len(mouth) else ():
                columns = column_names(set)
                mouths = _bind(parts, columns)
                if sum(map(bool, mouths)) > 1:
                    self._map = shape_map(set, names, 1)
                    upper = [
                        [] if i in mouth or (set == "vrm" and name.startswith("eyeBlink")) else b
                        for i, (name, b) in enumerate(zip(names, bound, strict=True))
                    ]
                    bound = [*upper, *mouths]
                    names = [*names, *columns]
                    break
        self._bound = bound
        self.missing = [
            name for name, b in zip(names, bound, strict=True) if not b and name not in HEAD
        ]
        """Columns that nothing of the head shows."""
        if not any(bound):
            raise OptionError(_nothing_found(parts))

    def weights(self, frames: Floats, mesh: int, rest: Sequence[float]) -> NDArray[np.float32]:
        """Frames [n, names] -> the weights [n, targets] of a mesh that rests at ``rest``."""
        if self._map is not None:
            frames = np.concatenate([frames, self._map.step(frames)], axis=1)
        weights = np.tile(np.asarray(rest, np.float32), (len(frames), 1))
        moved: set[int] = set()
        for column, handles in enumerate(self._bound):
            for target, share in (m[1:] for h in handles for m in h.moves if m[0] == mesh):
                if target not in moved:
                    weights[:, target] = 0
                    moved.add(target)
                weights[:, target] += np.float32(share) * frames[:, column]
        return weights

    def moves(self, mesh: int) -> bool:
        """Whether anything of a mesh moves."""
        return any(m[0] == mesh for handles in self._bound for h in handles for m in h.moves)


def target_names(mesh: Json) -> list[str]:
    """The names of a mesh's morph targets: in ``extras`` of the mesh, or of a primitive."""
    for part in (mesh, *mesh["primitives"]):
        extras = part.get("extras")
        if isinstance(extras, dict) and isinstance(extras.get("targetNames"), list):
            return [str(name) for name in extras["targetNames"]]
    return []


def target_count(mesh: Json) -> int:
    """How many morph targets a mesh has."""
    return len(mesh["primitives"][0].get("targets", []))


def _meshes(content: Json) -> list[list[Handle]]:
    return [
        [
            Handle(name, ((number, target, 1.0),))
            for target, name in enumerate(target_names(mesh)[: target_count(mesh)])
        ]
        for number, mesh in enumerate(content.get("meshes", []))
    ]


def _expressions(content: Json) -> list[Handle]:
    """A VRM's, of version 1 or 0, under the names of version 1."""
    extensions = content.get("extensions", {})
    nodes = content.get("nodes", [])
    found = []
    expressions = extensions.get("VRMC_vrm", {}).get("expressions", {})
    for name, one in {**expressions.get("custom", {}), **expressions.get("preset", {})}.items():
        binds = one.get("morphTargetBinds") or []
        moves = ((nodes[b["node"]]["mesh"], b["index"], b.get("weight", 1.0)) for b in binds)
        found.append(Handle(name, tuple(moves)))
    groups = extensions.get("VRM", {}).get("blendShapeMaster", {}).get("blendShapeGroups", [])
    for one in groups:
        preset = VRM0_PRESETS.get(one.get("presetName", ""))
        moves = ((b["mesh"], b["index"], b.get("weight", 100) / 100) for b in one.get("binds", []))
        found.append(Handle(preset or one.get("name", ""), tuple(moves)))
    return [handle for handle in found if handle.moves]


def _bind(parts: Iterable[Sequence[Handle]], names: Sequence[str]) -> list[list[Handle]]:
    """What shows each of ``names``: targets of meshes, or else expressions."""
    *meshes, expressions = parts
    bound: list[list[Handle]] = [[] for _ in names]
    for handles in meshes:
        matched = match_shapes([handle.name for handle in handles], names)
        for own, places in zip(bound, matched, strict=True):
            own.extend(handles[place] for place in places)
    matched = match_shapes([handle.name for handle in expressions], names)
    return [
        own or [expressions[place] for place in places]
        for own, places in zip(bound, matched, strict=True)
    ]


def _nothing_found(parts: Iterable[Sequence[Handle]]) -> str:
    there = list(dict.fromkeys(handle.name for handles in parts for handle in handles))
    more = f" and {len(there) - SHOWN} more" if len(there) > SHOWN else ""
    listed = f"there are {', '.join(there[:SHOWN])}{more}" if there else "it has none with names"
    return f"no morph target is named as in ARKit, Oculus or VRM, such as jawOpen: {listed}"
