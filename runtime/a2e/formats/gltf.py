"""glTF: the animation on a given head's morph targets, in a file that holds the head, too.

The head's own animations are kept; one of the same name is replaced. Targets that no column moves
stay as the head has them. A head's pose has no place.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from a2e.arrays import Floats
from a2e.errors import OptionError
from a2e.formats.base import Writer
from a2e.formats.gltf_file import MALFORMED, Gltf, Json
from a2e.formats.json_formats import readable
from a2e.formats.rig import Rig, target_count

TEXT = ".gltf"


class GltfAnimation(Writer):
    """A linear animation of the weights of each node that has morph targets with known names; keys
    at k / fps. ``.glb``, or JSON with its data within for ``.gltf``."""

    extensions = (".glb", TEXT)
    onto_needed = True

    def begin(self) -> None:
        self.head = Gltf(self.onto)
        try:
            self.rig = Rig(self.head.json, self.names)
        except OptionError as error:
            raise OptionError(f"{self.onto}: {error}") from error
        except MALFORMED as error:
            raise self.head.refused(error) from error
        self.frames: list[Floats] = []

    def add(self, frames: Floats) -> None:
        self.frames.append(frames.astype(np.float32))
        self.count += len(frames)

    def end(self) -> None:
        if not self.count:
            raise OptionError("a glTF animation needs a frame; the audio has none")
        try:
            self._animate(np.concatenate(self.frames))
            text = self.path.suffix.lower() == TEXT
            made = self.head.to_gltf() if text else self.head.to_glb()
        except MALFORMED as error:
            raise self.head.refused(error) from error
        self.file.write(made)

    def _animate(self, frames: Floats) -> None:
        times = np.array([float(k / self.fps) for k in range(self.count)], np.float32)
        ends = {"min": [float(times[0])], "max": [float(times[-1])]}
        keys = self.head.add(times, "SCALAR", **ends)
        samplers: list[Json] = []
        channels: list[Json] = []
        known: dict[tuple[int, tuple[float, ...]], int] = {}
        for number, node in enumerate(self.head.json.get("nodes", [])):
            mesh = node.get("mesh")
            if mesh is None or not self.rig.moves(mesh):
                continue
            rest = self._rest(node)
            if (mesh, rest) not in known:
                values = self.rig.weights(frames, mesh, rest)
                known[mesh, rest] = len(samplers)
                output = self.head.add(values.reshape(-1), "SCALAR")
                samplers.append({"input": keys, "interpolation": "LINEAR", "output": output})
            target = {"node": number, "path": "weights"}
            channels.append({"sampler": known[mesh, rest], "target": target})
        if not channels:
            raise ValueError("no node shows its meshes with morph targets")
        self._put({"name": self._name(), "channels": channels, "samplers": samplers})

    def _rest(self, node: Json) -> tuple[float, ...]:
        """What a node's morph targets are set to without an animation."""
        mesh = self.head.json["meshes"][node["mesh"]]
        weights = node.get("weights") or mesh.get("weights") or [0.0] * target_count(mesh)
        if len(weights) != target_count(mesh):
            raise ValueError(f"{len(weights)} weights for {target_count(mesh)} morph targets")
        return tuple(weights)

    def _name(self) -> str:
        return readable(Path(self.audio).stem) or "speech"

    def _put(self, animation: Json) -> None:
        animations = self.head.json.get("animations", [])
        others = [one for one in animations if one.get("name") != animation["name"]]
        self.head.json["animations"] = [*others, animation]
