"""Captured faces with their voices: clips of people filmed, or wired, while they spoke.

A folder of groups, each a folder of clips: ``NAME.flac`` beside ``NAME.npz``, which holds, as far
as it was captured:

    fps                 frames a second of all curves
    names, weights      ARKit weights [t, n]
    aperture, width     distance of the lips and width of the mouth [t], by geometry
    UL, LL, JAW         positions of upper lip, lower lip and lower incisor [t, 3 or more], mm

Shapes: T frames of 1/30 s.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from a2e.shapes import ARKIT
from training.labels.curves import FPS

Curve = NDArray[np.float64]
CAMERA_LAG = {"grid": 1, "polish": 2, "neurosync": 1, "video": 1, "sanjuhs": 1, "facegood": 1}
"""Frames by which a group's camera is late against its sound, by the first word of its name."""


@dataclass(frozen=True)
class Course:
    """What is compared of a face, each [T]."""

    jaw: Curve
    """Opening of the jaw."""
    gap: Curve
    """Distance of the lips."""
    rounding: Curve | None
    """Lips narrowed and pushed forward; None where it was not captured."""


@dataclass(frozen=True)
class Capture:
    """A clip of a captured face."""

    group: str
    path: Path
    """Of its npz."""

    @cached_property
    def sound(self) -> tuple[NDArray[np.float32], int]:
        """Mono samples [n] and their rate in Hz."""
        audio, rate = soundfile.read(self.path.with_suffix(".flac"), dtype="float32")
        return (audio if audio.ndim == 1 else audio.mean(axis=1)), rate

    @cached_property
    def data(self) -> dict[str, NDArray[np.generic]]:
        with np.load(self.path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}

    @property
    def lag(self) -> int:
        """Frames by which the camera is late."""
        return CAMERA_LAG.get(self.group.split("_")[0], 0)

    def weighed(self, measure: str) -> bool:
        """Whether a measure (``jaw``, ``lips`` or ``round``) was captured as ARKit weights."""
        geometry = {"lips": "aperture", "round": "width"}.get(measure)
        return "weights" in self.data and geometry not in self.data

    def truth(self, frames: int) -> Course:
        """The face as captured, still late by `lag`, resampled to [frames]."""
        data = self.data

        def at_30(values: NDArray[np.generic]) -> Curve:
            times = (np.arange(frames) + 0.5) / FPS
            captured = (np.arange(len(values)) + 0.5) / float(data["fps"])
            return np.interp(times, captured, values.astype(np.float64))

        if "JAW" in data:
            upper, lower = (data[k][:, :3].astype(np.float64) for k in ("UL", "LL"))
            apart = np.linalg.norm(upper - lower, axis=1)
            return Course(at_30(-data["JAW"][:, 2].astype(np.float64)), at_30(apart), None)
        weights = data["weights"].astype(np.float64)
        of_weights = course(weights, [str(name) for name in data["names"]])
        gap, rounding = data.get("aperture", of_weights.gap), of_weights.rounding
        assert rounding is not None
        if "width" in data:
            rounding = -data["width"].astype(np.float64)
        return Course(at_30(of_weights.jaw), at_30(gap), at_30(rounding))


def captures(folder: Path) -> Iterator[Capture]:
    """Every clip of every group of a folder, in the order of their names."""
    for path in sorted(folder.glob("*/*.npz")):
        yield Capture(path.parent.name, path)


def course(weights: NDArray[np.floating], names: list[str] | tuple[str, ...] = ARKIT) -> Course:
    """What is compared, of ARKit weights [T, n]; shapes that are not there count as 0."""
    columns = {name[0].lower() + name[1:]: weights[:, i] for i, name in enumerate(names)}

    def shape(name: str) -> Curve:
        return np.asarray(columns.get(name, np.zeros(len(weights))), np.float64)

    jaw = shape("jawOpen")
    lower = shape("mouthLowerDownLeft") + shape("mouthLowerDownRight")
    gap = jaw - shape("mouthClose") + 0.25 * lower
    return Course(jaw, gap, shape("mouthPucker") + shape("mouthFunnel"))
