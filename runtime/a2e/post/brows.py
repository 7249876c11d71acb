"""Brows that rise with the voice."""

from __future__ import annotations

import numpy as np

from a2e.arrays import Floats
from a2e.post.stages import frames_in
from a2e.random import Random

LOUD = 0.08
"""Volume over which speech can raise the brows."""
LOUD_SECONDS = 0.2
BROW_SECONDS = 0.8
"""From a raise's start to its end."""
BROW_INTERVAL = 5.0
"""Fewest seconds from one raise to the next."""
BROW_PEAKS = {"browInnerUp": 0.48, "browOuterUpLeft": 0.25, "browOuterUpRight": 0.25}
BROW_STRENGTH = (0.7, 1.3)


class BrowRaiser:
    """Raises the brows once the voice has stayed loud for a while."""

    def __init__(self, random: Random, fps: int) -> None:
        self._random = random
        self._rise = np.sin(np.linspace(0, np.pi, frames_in(BROW_SECONDS, fps) + 1)) ** 2
        self._loud_enough = frames_in(LOUD_SECONDS, fps)
        self._interval = frames_in(BROW_INTERVAL, fps)
        self._loud_frames = 0
        self._since_raise = self._interval
        self._strength = 0.0

    def step(self, volumes: Floats) -> Floats:
        """Volumes [n] -> brow raise [n], 0..1.3."""
        return np.fromiter((self._raise(volume) for volume in volumes), np.float32, len(volumes))

    def _raise(self, volume: float) -> float:
        self._loud_frames = self._loud_frames + 1 if volume > LOUD else 0
        self._since_raise += 1
        if self._loud_frames >= self._loud_enough and self._since_raise >= self._interval:
            self._since_raise = 0
            self._strength = self._random.uniform(*BROW_STRENGTH)
        return self._strength * float(self._rise[min(self._since_raise, len(self._rise) - 1)])
