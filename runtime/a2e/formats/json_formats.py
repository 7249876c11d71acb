"""The JSON formats. Frames are written as they come; facts that need their number come last."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from a2e.arrays import Floats
from a2e.formats.base import DECIMALS, Writer

SEPARATOR = ",\n"


def dump(value: Any) -> str:
    """JSON in ASCII, of finite numbers only."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def readable(path: str) -> str:
    """A path as text; what is no UTF-8 in it becomes ``?``."""
    return path.encode("utf-8", "replace").decode()


class BsData(Writer):
    """LAM's ``bsData.json``."""

    extensions = (".json",)

    def begin(self) -> None:
        self.text(f'{{"names":{dump(self.names)},\n"frames":[\n')

    def frame(self, weights: list[float]) -> None:
        time = round(self.count / self.fps, 6)
        frame = {"weights": weights, "time": time, "rotation": []}
        self.text((SEPARATOR if self.count else "") + dump(frame))

    def end(self) -> None:
        metadata = {
            "fps": float(self.fps),
            "frame_count": self.count,
            "blendshape_names": self.names,
        }
        self.text(f'\n],\n"metadata":{dump(metadata)}}}\n')


class Audio2Face(Writer):
    """NVIDIA Audio2Face's exported animation, in the order of its own export (but for the number of
    frames). Rotations and translations hold a list for each frame, with an item for each joint:
    there are none, as a2e moves shapes only."""

    def begin(self) -> None:
        head = {
            "exportFps": float(self.fps),
            "trackPath": track_path(self.audio),
            "numPoses": len(self.names),
            "facsNames": self.names,
        }
        self.text(dump(head)[:-1] + ',\n"weightMat":[\n')

    def frame(self, weights: list[float]) -> None:
        self.text((SEPARATOR if self.count else "") + dump(weights))

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


class TalkingHead(Writer):
    """A TalkingHead animation: one list per shape, so all frames are kept until the end."""

    def begin(self) -> None:
        self.frames: list[Floats] = []

    def add(self, frames: Floats) -> None:
        self.frames.append(frames.astype(np.float32))
        self.count += len(frames)

    def end(self) -> None:
        self.text(f'{{"name":{dump(readable(Path(self.audio).name))},\n"dt":')
        self.text(dump([round(1000 / self.fps, 3)] * self.count) + ',\n"vs":{\n')
        table = np.concatenate([np.zeros((0, len(self.names)), np.float32), *self.frames])
        for column, name in enumerate(self.names):
            values = np.round(table[:, column].astype(np.float64), DECIMALS).tolist()
            self.text((SEPARATOR if column else "") + f"{dump(name)}:{dump(values)}")
        self.text("\n}}\n")


class Ndjson(Writer):
    """A line of facts, then a line per frame, each flushed as soon as it is known."""

    extensions = (".ndjson", ".jsonl")

    def begin(self) -> None:
        self.line({"names": self.names, "fps": self.fps})

    def frame(self, weights: list[float]) -> None:
        time = round(self.count / self.fps, 6)
        self.line({"index": self.count, "time": time, "weights": weights})

    def line(self, value: dict[str, Any]) -> None:
        self.text(dump(value) + "\n")
        self.file.flush()
