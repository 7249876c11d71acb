"""How open the mouth may be: it rests where the voice does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from a2e.arrays import Floats
from a2e.post.stages import REST, frames_in

CLOSING_SECONDS = 0.1
OPENING_SECONDS = 0.1
"""Time in which the mouth comes to rest, and opens again: full at the first frame that sounds."""


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

    def step(self, rests: Sequence[bool], tones: Sequence[bool]) -> Floats:
        """Whether the voice rests, and which frames are tones, [n] both -> factors of the frames
        that are ``ahead`` behind, [<= n].

        Rest closes the mouth by and by, a tone at once.
        """
        for rest, tone in zip(rests, tones, strict=True):
            if tone:
                self._close()
            self._level = max(REST, self._level - self._closing) if rest else 1.0
            self._levels.append(self._level)
            self._anticipate()
        return self._take(len(self._levels) - self._ahead)

    def finish(self) -> Floats:
        """The factors held back."""
        return self._take(len(self._levels))

    def _close(self) -> None:
        """A tone is no voice, nor was what it began with."""
        self._level = REST
        for back in range(1, min(self._ahead, len(self._levels)) + 1):
            most = REST + (back - 1) * self._closing
            self._levels[-back] = min(self._levels[-back], most)

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
