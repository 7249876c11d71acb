"""How the head moves: a slow sway all the time, and nods on what is stressed.

Heads move nearly all the time while their owner talks, and little while they pause or listen
(Hadar, Steiner, Grant & Rose 1983); their pitch goes with loudness and the voice's melody (Munhall,
Jones, Callan, Kuratate & Vatikiotis-Bateson 2004), most visibly in small nods on stressed syllables
(Graf, Cosatto, Strom & Huang 2002).

Every angle is a target seen through two one-pole low passes in a row. Their response is never
negative and sums to 1, so no angle leaves the bounds of its targets, and all come back to rest.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from a2e.arrays import Floats
from a2e.post.stages import frames_in
from a2e.random import Random

Poses: TypeAlias = NDArray[np.float64]
"""float64 [n, 3]: yaw, pitch and roll, radians."""

SWAY = tuple(math.radians(degrees) for degrees in (4.0, 2.5, 2.0))
"""Greatest sway in yaw, pitch and roll. (Chosen: what a talker in front of a camera does.)"""
SWAY_WAIT = (1.0, 3.5)
"""Fewest and most seconds from one posture to the next: Hadar's slow class, under 1.8 Hz."""
SWAY_SECONDS = 0.45
"""Time constant of each of the sway's low passes."""
PAUSING = 0.3
"""Share of the sway that is left while the voice rests."""

LOUDNESS_SECONDS = 1.5
"""Time over which the voice's usual volume is taken."""
STRESS = 1.5
"""How far over its usual volume a syllable is stressed."""
STRESS_INTERVAL = 0.9
"""Fewest seconds from one nod to the next."""
NODS = 0.6
"""Share of stressed syllables that get a nod."""
NOD = tuple(math.radians(degrees) for degrees in (2.0, 5.0))
"""Least and greatest depth of a nod's target."""
NOD_PUSH = 0.17
"""Time that a nod goes down, seconds; with its way back it lasts about half a second, the length of
Hadar's ordinary movements (1.8 to 3.7 Hz)."""
NOD_SECONDS = 0.07
"""Time constant of each of a nod's low passes."""

MOST = (SWAY[0], SWAY[1] + NOD[1], SWAY[2])
"""Bounds of yaw, pitch and roll, radians: no angle is ever greater."""


class Head:
    """The head's pose, frame by frame at ``fps``. Sway and nods have a substream each.

    Yaw turns to the face's own left, pitch lowers the chin, roll leans to its own right: rotations
    by the right hand about axes to the face's left, up, and to the viewer.
    """

    def __init__(self, random: Random, fps: int) -> None:
        self._postures = random.spawn()
        self._nods = random.spawn()
        self._fps = fps
        self._stresses = Stresses(fps)
        self._posture = (0.0, 0.0, 0.0)
        self._until_posture = 0
        self._sway = [Glide(SWAY_SECONDS, fps) for _ in SWAY]
        self._push_frames = frames_in(NOD_PUSH, fps)
        self._depth = 0.0  # of the present nod
        self._push = 0  # frames that it still goes down
        self._nod = Glide(NOD_SECONDS, fps)

    def step(self, volumes: Floats, rests: Sequence[bool]) -> Poses:
        """Volumes and whether the voice rests, [n] both -> [n, 3]."""
        frames = zip(volumes, rests, strict=True)
        poses = [self._next(float(volume), rest) for volume, rest in frames]
        return np.array(poses, np.float64).reshape(-1, 3)

    def _next(self, volume: float, resting: bool) -> tuple[float, ...]:
        self._until_posture -= 1
        if self._until_posture < 0:
            self._posture = self._draw_posture()
        share = PAUSING if resting else 1.0
        yaw, pitch, roll = (
            glide.step(share * angle)
            for glide, angle in zip(self._sway, self._posture, strict=True)
        )
        return yaw, pitch + self._nodding(volume, resting), roll

    def _draw_posture(self) -> tuple[float, float, float]:
        """The time until the next posture, then yaw, pitch and roll of this one."""
        least, most = (frames_in(seconds, self._fps) for seconds in SWAY_WAIT)
        self._until_posture = self._postures.integer(least, most)
        yaw, pitch, roll = (self._postures.uniform(-most, most) for most in SWAY)
        return yaw, pitch, roll

    def _nodding(self, volume: float, resting: bool) -> float:
        if self._stresses.step(volume, resting):
            nods = self._nods.random() < NODS
            self._depth = self._nods.uniform(*NOD)
            self._push = self._push_frames if nods else 0
        self._push -= 1
        return self._nod.step(self._depth if self._push >= 0 else 0.0)


class Stresses:
    """Finds where a syllable begins that is louder than the voice is as a rule."""

    def __init__(self, fps: int) -> None:
        self._follow = 1 - math.exp(-1 / (LOUDNESS_SECONDS * fps))
        self._interval = frames_in(STRESS_INTERVAL, fps)
        self._usual = 0.0
        self._since = self._interval
        self._was_loud = False

    def step(self, volume: float, resting: bool) -> bool:
        """Whether a stressed syllable begins with the frame of this volume."""
        self._since += 1
        loud = not resting and volume > STRESS * self._usual
        begins = loud and not self._was_loud and self._since >= self._interval
        self._was_loud = loud
        if not resting:
            self._usual += self._follow * (volume - self._usual)
        if begins:
            self._since = 0
        return begins


class Glide:
    """Two one-pole low passes in a row, with a time constant in seconds, from 0."""

    def __init__(self, seconds: float, fps: int) -> None:
        self._share = 1 - math.exp(-1 / (seconds * fps))
        self._first = self._second = 0.0

    def step(self, target: float) -> float:
        """The next frame's value."""
        self._first += self._share * (target - self._first)
        self._second += self._share * (self._first - self._second)
        return self._second
