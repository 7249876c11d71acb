"""Silence in a voice, and how open the mouth may be in it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from a2e.arrays import Floats
from a2e.post.stages import REST, SILENT, frames_in

SILENT_MOST = 0.006
"""Volume up to which a noisy room's floor can count as silence."""
FLOOR_MARGIN = 2.5
"""How far over the room's floor silence reaches."""
FLOOR_RISE = 1.8114
"""How fast the floor follows a louder room, a second (5 dB); a quieter one at once."""
SOUNDING = 2.0
"""How far over silence a frame must be to end it."""
SILENT_SECONDS = 0.23
"""Silence that brings the mouth to rest."""
CLOSING_SECONDS = 0.1
OPENING_SECONDS = 0.1
"""Time in which the mouth comes to rest, and opens again: full at the first frame that sounds."""


class Silence:
    """Tells the frames in which the voice rests: those that stay near the room's floor."""

    def __init__(self, fps: int) -> None:
        self._floor = SILENT / FLOOR_MARGIN
        self._floor_rise = FLOOR_RISE ** (1 / fps)
        self._rest_frames = frames_in(SILENT_SECONDS, fps)
        self._silent_frames = self._rest_frames  # a stream starts at rest

    def step(self, volumes: Floats) -> list[bool]:
        """Volumes [n] -> whether the voice rests, [n]."""
        return [self._rests(float(volume)) for volume in volumes]

    def _rests(self, volume: float) -> bool:
        self._floor = max(SILENT / FLOOR_MARGIN, min(volume, self._floor * self._floor_rise))
        silent = min(FLOOR_MARGIN * self._floor, SILENT_MOST)
        resting = self._silent_frames >= self._rest_frames
        if volume < (silent * SOUNDING if resting else silent):
            self._silent_frames += 1
        else:
            self._silent_frames = 0
        return self._silent_frames >= self._rest_frames


class Gate:
    """How open the mouth may be: 1 in speech, ``REST`` where the voice rests.

    The frames held back (``ahead``) let the mouth begin to open before the first frame that
    sounds; without any it opens at once.
    """

    def __init__(self, ahead: int, fps: int) -> None:
        self._ahead = ahead
        self._closing = (1 - REST) / frames_in(CLOSING_SECONDS, fps)
        self._opening = (1 - REST) / frames_in(OPENING_SECONDS, fps)
        self._level = REST
        self._levels: list[float] = []  # of the frames held back

    def step(self, rests: Iterable[bool]) -> Floats:
        """Whether the voice rests [n] -> factors of the frames ``ahead`` behind, [<= n]."""
        for rest in rests:
            self._level = max(REST, self._level - self._closing) if rest else 1.0
            self._levels.append(self._level)
            self._anticipate()
        return self._take(len(self._levels) - self._ahead)

    def finish(self) -> Floats:
        """The factors held back."""
        return self._take(len(self._levels))

    def _anticipate(self) -> None:
        """Lets the frames held back lead up to the newest one."""
        newest = len(self._levels) - 1
        for back in range(1, min(self._ahead, newest) + 1):
            least = self._levels[newest] - back * self._opening
            self._levels[newest - back] = max(self._levels[newest - back], least)

    def _take(self, count: int) -> Floats:
        count = max(0, count)
        taken, self._levels = self._levels[:count], self._levels[count:]
        return np.array(taken, np.float32)
