"""How open the mouth may be: it rests in silence, and while tones sound."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

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
TONE_HOLD_FRAMES = 2
"""Frames after a tone that are taken for its end, or for the change to the next."""


class Gate:
    """How open the mouth may be: 1 in speech, ``REST`` in silence.

    Silence is what stays near the room's floor. The frames held back (``ahead``) let the mouth
    begin to open before the first frame that sounds; without any it opens at once.
    """

    def __init__(self, ahead: int, fps: int) -> None:
        self._ahead = ahead
        self._floor = SILENT / FLOOR_MARGIN
        self._floor_rise = FLOOR_RISE ** (1 / fps)
        self._rest_frames = frames_in(SILENT_SECONDS, fps)
        self._closing = (1 - REST) / frames_in(CLOSING_SECONDS, fps)
        self._opening = (1 - REST) / frames_in(OPENING_SECONDS, fps)
        self._silent_frames = self._rest_frames  # a stream starts at rest
        self._level = REST
        self._since_tone = TONE_HOLD_FRAMES
        self._levels: list[float] = []  # of the frames held back

    def step(self, volumes: Floats, tones: Sequence[bool] = ()) -> Floats:
        """Volumes [n] -> factors of the frames that are ``ahead`` behind, [<= n].

        Frames that are ``tones`` are silent, and close the mouth at once.
        """
        for volume, tone in zip_longest(volumes.tolist(), tones, fillvalue=False):
            self._since_tone = 0 if tone else self._since_tone + 1
            if tone:
                self._close()
            held = self._since_tone <= TONE_HOLD_FRAMES
            self._levels.append(REST if held else self._next_level(volume))
            self._anticipate()
        return self._take(len(self._levels) - self._ahead)

    def finish(self) -> Floats:
        """The factors held back."""
        return self._take(len(self._levels))

    def _close(self) -> None:
        """A tone is no voice, nor was what it began with."""
        self._silent_frames = self._rest_frames
        self._level = REST
        for back in range(1, min(self._ahead, len(self._levels)) + 1):
            most = REST + (back - 1) * self._closing
            self._levels[-back] = min(self._levels[-back], most)

    def _next_level(self, volume: float) -> float:
        self._floor = max(SILENT / FLOOR_MARGIN, min(volume, self._floor * self._floor_rise))
        silent = min(FLOOR_MARGIN * self._floor, SILENT_MOST)
        resting = self._silent_frames >= self._rest_frames
        if volume < (silent * SOUNDING if resting else silent):
            self._silent_frames += 1
        else:
            self._silent_frames = 0
        if self._silent_frames >= self._rest_frames:
            self._level = max(REST, self._level - self._closing)
        else:
            self._level = 1.0
        return self._level

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
