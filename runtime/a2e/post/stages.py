"""Pieces that both profiles use: smoothing, symmetry, eyelids, volume."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from a2e.arrays import Floats
from a2e.random import Random
from a2e.shapes import PAIRS

SAVGOL = np.array([-3, 12, 17, 12, -3], np.float32) / np.float32(35)
"""Savitzky-Golay smoothing, window 5, order 2 (Savitzky & Golay 1964, table I)."""
SAVGOL_REACH = len(SAVGOL) // 2

REST = 0.1
"""What the speech shapes are multiplied by in silence."""
SILENT = 0.001
"""Volume (RMS, full scale 1) under which a frame is silent, where the room is quiet."""

BLINK_SECONDS = 0.2
"""From a blink's first closed frame to its last."""
BLINK = np.array([0.3, 0.85, 1.0, 0.9, 0.55, 0.25, 0.08])
"""Eyelid closure at equal times over a blink: closing takes about 80 ms and opening twice as long
(after VanderWerf et al. 2003, "Eyelid movements")."""


def smooth(padded: Floats) -> Floats:
    """Savitzky-Golay over [n + 4, shapes], of which the outer two frames are context: [n, shapes].

    The result is clipped to 0..1.
    """
    count = len(padded) - 2 * SAVGOL_REACH
    total = sum(c * padded[i : i + count] for i, c in enumerate(SAVGOL))
    return np.clip(np.asarray(total, np.float32), 0, 1)


def pad_mirrored(frames: Floats) -> Floats:
    """[n, shapes] with two frames mirrored about each end, [n + 4, shapes]."""
    return np.pad(frames, ((SAVGOL_REACH, SAVGOL_REACH), (0, 0)), mode="reflect")


class Symmetry:
    """Replaces left/right pairs by their mean."""

    def __init__(self, shapes: Sequence[str]) -> None:
        pairs = [p for p in PAIRS if set(p) <= set(shapes)]
        self._left = np.array([shapes.index(left) for left, _ in pairs], int)
        self._right = np.array([shapes.index(right) for _, right in pairs], int)

    def __call__(self, frames: Floats) -> Floats:
        """[n, shapes] -> [n, shapes], a new array."""
        frames = frames.copy()
        mean = (frames[:, self._left] + frames[:, self._right]) / 2
        frames[:, self._left] = mean
        frames[:, self._right] = mean
        return frames


def columns(shapes: Sequence[str], names: Sequence[str]) -> NDArray[np.intp]:
    """Indices of those ``names`` that the model has."""
    return np.array([shapes.index(name) for name in names if name in shapes], np.intp)


class Eyelids:
    """Blinks now and then, for ever: eyelid closure in 0..1, frame by frame at ``fps``.

    ``waits`` are the fewest and the most open seconds before a blink.
    """

    def __init__(self, random: Random, waits: tuple[float, float], fps: int) -> None:
        self._random = random
        self._waits = frames_in(waits[0], fps), frames_in(waits[1], fps)
        self._closures = blink(fps)
        self._strength = 0.0
        self._until_blink = 0
        self._wait()
        self._until_blink = int(self._until_blink * random.random())  # begins in mid-wait

    def step(self, frames: int) -> Floats:
        """Closure of the next ``frames`` frames, [frames]."""
        return np.fromiter((self._next() for _ in range(frames)), np.float32, frames)

    def _wait(self) -> None:
        self._until_blink = self._random.integer(*self._waits)
        self._strength = self._random.uniform(0.9, 1.0)

    def _next(self) -> float:
        self._until_blink -= 1
        if self._until_blink >= 0:
            return 0.0
        closure = self._strength * float(self._closures[-self._until_blink - 1])
        if self._until_blink == -len(self._closures):
            self._wait()
        return closure


def blink(fps: int) -> Floats:
    """Eyelid closure of the frames of a blink at full strength, [7 at 30 fps]."""
    times = np.arange(frames_in(BLINK_SECONDS, fps) + 1) / fps
    knots = np.linspace(0, BLINK_SECONDS, len(BLINK))
    return np.asarray(np.interp(times, knots, BLINK), np.float32)


def frames_in(seconds: float, fps: int) -> int:
    """The nearest whole number of frames, at least 1."""
    return max(1, round(seconds * fps))


def frame_volumes(audio: Floats, frames: int) -> Floats:
    """Root mean square of each of ``frames`` equal spans of ``audio``, [frames]."""
    if not frames:
        return np.zeros(0, np.float32)
    edges = np.arange(frames + 1) * len(audio) // frames
    power = np.add.reduceat(np.square(audio, dtype=np.float64), edges[:-1])
    return np.sqrt(power / np.diff(edges)).astype(np.float32)
