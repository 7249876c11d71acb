"""The JSON formats. Frames are written as they come; facts that need their number come last."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from a2e.arrays import Floats
from a2e.formats.base import DECIMALS, Writer
from a2e.rates import exact, number

SEPARATOR = ",\n"


def dump(value: Any) -> str:
    """JSON in ASCII, of finite numbers only."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def readable(path: str) -> str:
    """A path as text; what is no UTF-8 in it becomes ``?``."""
    return path.encode("utf-8", "replace").decode()


class BsData(Writer):
    """LAM's ``bsData.json``; ``rotation`` is the head's about x, y and z (pitch, yaw, roll), in
    radians, and empty where it does not move."""

    extensions = (".json",)

    def begin(self) -> None:
        self.text(f'{{"names":{dump(self.shapes)},\n"frames":[\n')
        self.rotation = [self.head_columns[i] for i in (1, 0, 2)] if self.head_columns else []

    def frame(self, values: list[float]) -> None:
        rotation = [values[i] for i in self.rotation]
        frame = {
            "weights": self.weights(values),
            "time": self.time(self.count),
            "rotation": rotation,
        }
        self.text((SEPARATOR if self.count else "") + dump(frame))

    def end(self) -> None:
        metadata = {
            "fps": float(self.fps),
            **exact(self.fps),
            "frame_count": self.count,
            "blendshape_names": self.shapes,
        }
        self.text(f'\n],\n"metadata":{dump(metadata)}}}\n')


class Audio2Face(Writer):
    """NVIDIA Audio2Face's exported animation, in the order of its own export (but for the number of
    frames). Rotations and translations hold a list for each frame, with an item for each joint:
    there are none, and a head's pose has no place."""

    set = "arkit"

    def begin(self) -> None:
        self.check_weights()
        head = {
            "exportFps": float(self.fps),
            **exact(self.fps),
            "trackPath": track_path(self.audio),
            "numPoses": len(self.shapes),
            "facsNames": self.shapes,
        }
        self.text(dump(head)[:-1] + ',\n"weightMat":[\n')

    def frame(self, values: list[float]) -> None:
        self.text((SEPARATOR if self.count else "") + dump(self.weights(values)))

    def end(self) -> None:
        unmoved: list[list[float]] = [[]] * self.count
        tail = {
            "numFrames": self.count,
            "joints": [],
            "rotations": unmoved,
            "translations": unmoved,
        }
        self.text("\n],\n" + dump(tail)[1:] + "\n")


def track_path(audio: str) -> str:
    """The audio's path as importers open it: absolute where there is such a file, else as given."""
    path = Path(audio)
    return readable(str(path.absolute()) if path.is_file() else audio)


TALKING_HEAD = {"headPitch": "headRotateX", "headYaw": "headRotateY", "headRoll": "headRotateZ"}
"""TalkingHead's own names of the head's angles, radians."""


class TalkingHead(Writer):
    """A TalkingHead animation: one list per shape, so all frames are kept until the end."""

    def begin(self) -> None:
        self.frames: list[Floats] = []

    def add(self, frames: Floats) -> None:
        self.frames.append(frames.astype(np.float32))
        self.count += len(frames)

    def end(self) -> None:
        self.text(f'{{"name":{dump(readable(Path(self.audio).name))},\n"dt":')
        self.text(dump([round(float(1000 / self.fps), 3)] * self.count) + ',\n"vs":{\n')
        table = np.concatenate([np.zeros((0, len(self.names)), np.float32), *self.frames])
        for column, name in enumerate(self.names):
            values = np.round(table[:, column].astype(np.float64), DECIMALS).tolist()
            name = TALKING_HEAD.get(name, name)
            self.text((SEPARATOR if column else "") + f"{dump(name)}:{dump(values)}")
        self.text("\n}}\n")


class Ndjson(Writer):
    """A line of facts, then a line per frame, each flushed as soon as it is known; a head's pose
    stands among the weights, by its names."""

    extensions = (".ndjson", ".jsonl")

    def begin(self) -> None:
        self.line({"names": self.names, "fps": number(self.fps), **exact(self.fps)})

    def frame(self, values: list[float]) -> None:
        self.line({"index": self.count, "time": self.time(self.count), "weights": values})

    def line(self, value: dict[str, Any]) -> None:
        self.text(dump(value) + "\n")
        self.file.flush()
