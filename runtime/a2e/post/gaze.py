"""Where the eyes look: mostly at the viewer, now and then away, never quite still.

Two clocks run side by side. *Stays* at the viewer and away from them have the lengths, and the
ways between them the sizes and directions, that Lee, Badler & Badler measured in people who talk
and who listen (2002, "Eyes Alive"). Within a stay *fixations* change with small saccades: at the
viewer between eyes and mouth, away around one place. Saccades take the time of Bahill, Clark &
Stark's main sequence (1975). Directions are in degrees, [yaw, pitch]: yaw grows to the face's own
left, pitch upwards, and [0, 0] meets the viewer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from a2e.arrays import Floats
from a2e.post.stages import columns, frames_in
from a2e.random import Random

Directions: TypeAlias = NDArray[np.float64]
"""float64 [n, 2]: yaw and pitch, degrees."""
Direction: TypeAlias = tuple[float, float]

LENGTHS = {
    ("talking", "viewer"): (93.9 / 30, 94.9 / 30),
    ("talking", "away"): (27.8 / 30, 24.0 / 30),
    ("listening", "viewer"): (237.5 / 30, 47.1 / 30),
    ("listening", "away"): (13.0 / 30, 7.1 / 30),
}
"""Mean and standard deviation of stays, seconds (Lee et al. 2002, in frames of 1/30 s)."""
SIZE_FALL = 6.9
"""Degrees over which saccades become rarer by e (Lee et al. 2002: 15.7 exp(-A / 6.9) per cent)."""
SIZES = (2.0, 15.0)
"""Least and greatest way to a stay away, degrees. People turn their eyes alone up to 15 degrees:
86 % of their saccades are smaller (Bahill, Adler & Stark 1975)."""
SECTORS = (15.54, 6.46, 17.69, 7.44, 16.80, 7.89, 20.38, 7.79)
"""Per cent of saccades by direction, 45 degrees each: the first is centred on the right, the third
on up, the fifth on the left, the seventh on down (Lee et al. 2002)."""

VIEWER = ((1.8, 0.0), (-1.8, 0.0), (0.0, -4.0))
"""Both eyes and the mouth of a viewer a metre away."""
FIXATION = (0.25, 0.55)
"""Least length of a fixation within a stay, and what it lasts longer on average, seconds. Eyes on a
face rest longer than the third of a second of free viewing (Henderson 2003)."""
STRAY = 0.5
"""Greatest distance of a fixation from its place in yaw and in pitch, degrees."""

LATENCY, PER_DEGREE = 0.021, 0.0022
"""A saccade's duration, s: 21 ms, and 2.2 ms a degree (Bahill et al. 1975; Carpenter 1988)."""
WITH_BLINK = (1.0, 5.0)
"""Seconds by which a way of at least so many degrees from the viewer comes sooner if a blink
begins: large gaze shifts and blinks go together (Evinger et al. 1994)."""

FULL = 30.0
"""Degrees that a weight of 1 stands for."""
EYES = (
    *("eyeLookOutLeft", "eyeLookInLeft", "eyeLookUpLeft", "eyeLookDownLeft"),
    *("eyeLookInRight", "eyeLookOutRight", "eyeLookUpRight", "eyeLookDownRight"),
)
"""The shapes that turn the eyes: for each eye to the face's left, to its right, up, down."""


class Gaze:
    """Directions of both eyes, frame by frame at ``fps``."""

    def __init__(self, random: Random, fps: int) -> None:
        self._random = random
        self._fps = fps
        self._place = "viewer"
        self._resting = True
        self._shut = False
        self._from = self._to = (0.0, 0.0)
        self._saccade = math.inf  # frames since the last one began
        self._centre = (0.0, 0.0)  # of the stay's fixations
        self._away = (0.0, 0.0)  # where the next stay away will be
        self._stay = 0  # frames left
        self._fixation = 0
        self._begin_stay()

    def step(self, rests: Sequence[bool], lids: Floats) -> Directions:
        """Whether the voice rests and how shut the lids are in blinks, [n] both -> [n, 2]."""
        directions = [self._next(rest, lid > 0) for rest, lid in zip(rests, lids, strict=True)]
        return np.array(directions, np.float64).reshape(-1, 2)

    def _next(self, resting: bool, shut: bool) -> Direction:
        speaks_up = self._resting and not resting
        blinks = shut and not self._shut
        self._resting, self._shut = resting, shut
        if speaks_up and self._place == "viewer":
            self._begin_stay()
        elif self._stay <= 0 or (blinks and self._goes_with_blink()):
            self._change_place()
        elif self._fixation <= 0:
            self._fixate()
        self._stay -= 1
        self._fixation -= 1
        return self._direction()

    def _goes_with_blink(self) -> bool:
        soon, far = WITH_BLINK
        is_soon = self._place == "viewer" and self._stay <= frames_in(soon, self._fps)
        return is_soon and math.hypot(*self._away) >= far

    def _change_place(self) -> None:
        leaves = self._place == "viewer"
        self._place = "away" if leaves else "viewer"
        self._centre = self._away if leaves else (0.0, 0.0)
        self._begin_stay()
        self._fixate()

    def _begin_stay(self) -> None:
        """Draws a stay's length and, at the viewer, the way that will end it."""
        mode = "listening" if self._resting else "talking"
        mean, deviation = LENGTHS[mode, self._place]
        self._stay = self._draw_frames(max(0.0, mean - deviation), min(mean, deviation))
        if self._place == "viewer":
            self._away = self._draw_way()

    def _draw_frames(self, least: float, more: float) -> int:
        """A time of ``least`` seconds and an exponential one of ``more`` on average, in frames."""
        return frames_in(least - more * math.log(1 - self._random.random()), self._fps)

    def _draw_way(self) -> Direction:
        """Size, then sector, then the angle within it."""
        least, most = SIZES
        share = self._random.random() * (1 - math.exp((least - most) / SIZE_FALL))
        size = least - SIZE_FALL * math.log(1 - share)
        sector = self._draw_sector()
        angle = math.radians(45 * (sector + self._random.uniform(-0.5, 0.5)))
        return -size * math.cos(angle), size * math.sin(angle)

    def _draw_sector(self) -> int:
        rest = self._random.random() * sum(SECTORS)
        for sector, share in enumerate(SECTORS):
            if rest < share:
                return sector
            rest -= share
        return len(SECTORS) - 1

    def _fixate(self) -> None:
        """Begins a saccade to the stay's next fixation: its place, where it strays, its length."""
        yaw, pitch = self._centre
        if self._place == "viewer":
            yaw, pitch = VIEWER[self._random.integer(0, len(VIEWER) - 1)]
        self._from = self._direction()
        yaw += self._random.uniform(-STRAY, STRAY)
        pitch += self._random.uniform(-STRAY, STRAY)
        self._to = yaw, pitch
        self._saccade = 0
        self._fixation = self._draw_frames(*FIXATION)

    def _direction(self) -> Direction:
        """The direction in the middle of the frame; a saccade's speed rises and falls evenly."""
        (yaw, pitch), (to_yaw, to_pitch) = self._from, self._to
        duration = LATENCY + PER_DEGREE * math.hypot(to_yaw - yaw, to_pitch - pitch)
        share = min(1.0, (self._saccade + 0.5) / self._fps / duration)
        share *= share * (3 - 2 * share)
        self._saccade += 1
        return yaw + share * (to_yaw - yaw), pitch + share * (to_pitch - pitch)


class EyeShapes:
    """Directions of the eyes as weights of those ``EYES`` that a model has."""

    def __init__(self, shapes: Sequence[str]) -> None:
        self.columns = columns(shapes, EYES)
        """Where they stand among ``shapes``."""
        have = [i for i, name in enumerate(EYES) if name in shapes]
        self._turns = np.array([[1, -1, 0, 0] * 2, [0, 0, 1, -1] * 2])[:, have] / FULL

    def __call__(self, directions: Directions) -> Floats:
        """[n, 2] -> weights [n, columns], from 0 up."""
        return np.asarray(np.maximum(directions @ self._turns, 0), np.float32)
