"""Pieces that both profiles use: smoothing, symmetry, eyelids, volume."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from a2e.arrays import Floats
from a2e.errors import OptionError
from a2e.shapes import PAIRS

SAVGOL = np.array([-3, 12, 17, 12, -3], np.float32) / np.float32(35)
"""Savitzky-Golay smoothing, window 5, order 2 (Savitzky & Golay 1964, table I)."""
SAVGOL_REACH = len(SAVGOL) // 2

REST = 0.1
"""What the speech shapes are multiplied by in silence."""
SILENT = 0.001
"""Volume (RMS, full scale 1) under which a frame is silent, where the room is quiet."""
SILENT_FRAMES = 7
"""Silent frames in a row that bring the mouth to rest."""

BLINK = np.array([0.3, 0.85, 1.0, 0.9, 0.55, 0.25, 0.08])
"""Eyelid closure over a blink, 1/30 s apart: closing takes about 80 ms and opening twice as long
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
    """Blinks now and then, for ever: eyelid closure in 0..1, frame by frame."""

    def __init__(self, rng: np.random.Generator, waits: tuple[int, int]) -> None:
        self._rng = rng
        self._waits = waits  # fewest and most open frames before a blink
        self._strength = 0.0
        self._until_blink = 0
        self._wait()
        self._until_blink = int(self._until_blink * rng.random())  # begins in mid-wait

    def step(self, frames: int) -> Floats:
        """Closure of the next ``frames`` frames, [frames]."""
        return np.fromiter((self._next() for _ in range(frames)), np.float32, frames)

    def _wait(self) -> None:
        self._until_blink = int(self._rng.integers(*self._waits, endpoint=True))
        self._strength = self._rng.uniform(0.9, 1.0)

    def _next(self) -> float:
        self._until_blink -= 1
        if self._until_blink >= 0:
            return 0.0
        closure = self._strength * float(BLINK[-self._until_blink - 1])
        if self._until_blink == -len(BLINK):
            self._wait()
        return closure


def random_generator(seed: int | None) -> np.random.Generator:
    """A generator from ``seed``; raises :class:`a2e.errors.OptionError`."""
    try:
        return np.random.default_rng(seed)
    except (TypeError, ValueError) as error:
        raise OptionError(f"seed must be a whole number from 0 up; got {seed!r}") from error


def frame_volumes(audio: Floats, frames: int) -> Floats:
    """Root mean square of each of ``frames`` equal spans of ``audio``, [frames]."""
    if not frames:
        return np.zeros(0, np.float32)
    edges = np.arange(frames + 1) * len(audio) // frames
    power = np.add.reduceat(np.square(audio, dtype=np.float64), edges[:-1])
    return np.sqrt(power / np.diff(edges)).astype(np.float32)
