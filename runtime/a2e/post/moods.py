"""Moods: what emotions add to a speaking face.

Each mood is a sum of action units in their intensities, as published tables of emotions in the face
have them; each action unit is the ARKit shapes of the muscles that make it. Ekman, Friesen & Hager
2002, "Facial Action Coding System", with its investigator's guide (table 10-1, after EMFACS), has
anger, disgust, fear, joy, sadness and amazement (there: surprise), and the one-sided 12 and 14 of
cheekiness. Pain is after Prkachin 1992 and Prkachin & Solomon 2008. No table has the last two:
grief is sadness at its strongest with the cheeks, tight lids and stretched lips of crying, and
outofbreath is written from what heavy breathing moves (lips apart, nostrils wide, lids and brows of
effort).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from numbers import Real
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from a2e.errors import OptionError
from a2e.post.stages import columns

ACTION_UNITS = {
    1: ("browInnerUp",),
    2: ("browOuterUpLeft", "browOuterUpRight"),
    4: ("browDownLeft", "browDownRight"),
    5: ("eyeWideLeft", "eyeWideRight"),
    6: ("cheekSquintLeft", "cheekSquintRight"),
    7: ("eyeSquintLeft", "eyeSquintRight"),
    9: ("noseSneerLeft", "noseSneerRight"),
    10: ("mouthUpperUpLeft", "mouthUpperUpRight"),
    12: ("mouthSmileLeft", "mouthSmileRight"),
    14: ("mouthDimpleLeft", "mouthDimpleRight"),
    15: ("mouthFrownLeft", "mouthFrownRight"),
    16: ("mouthLowerDownLeft", "mouthLowerDownRight"),
    17: ("mouthShrugLower",),
    20: ("mouthStretchLeft", "mouthStretchRight"),
    23: ("mouthPressLeft", "mouthPressRight"),
    26: ("jawOpen",),
    38: ("noseSneerLeft", "noseSneerRight"),
    43: ("eyeBlinkLeft", "eyeBlinkRight"),
}
"""Shapes of action units, by their numbers in FACS. ARKit has no nostrils: 38 is part of 9."""
INTENSITIES = {"A": 0.1, "B": 0.25, "C": 0.45, "D": 0.7, "E": 1.0}
"""Weights of FACS's intensities, from a trace to the most."""
MOODS = {
    "amazement": "1D 2D 5C 26C",
    "anger": "4D 5B 7C 10A 23C",
    "cheekiness": "L2B 6A L12D R12B L14C",
    "disgust": "4B 7B 9D 10C 15B 17B",
    "fear": "1D 2C 4C 5D 7B 20C 26B",
    "grief": "1E 4C 6B 7B 15D 17C 20B 43B",
    "joy": "6C 12D",
    "outofbreath": "1B 7A 10A 16B 26C 38A 43B",
    "pain": "4D 6C 7D 9C 10B 20B 43C",
    "sadness": "1D 4B 15C 17B 43A",
}
"""Action units of each mood at its strongest: side (both if none is given), number, intensity."""
CODE = re.compile(r"([LR]?)(\d+)([A-E])")

CLOSED_GAP = 0.10
"""Lips nearer than this are shut; no mood moves them apart."""
OPEN_GAP = 0.25
"""Lips' gap from which a mood may move them apart as far as it likes."""
OPENING = (
    *("jawOpen", "mouthFunnel", "mouthLowerDownLeft", "mouthLowerDownRight"),
    *("mouthUpperUpLeft", "mouthUpperUpRight"),
)
"""Shapes that move the lips apart."""
WIDE, LIDS = ("eyeWideLeft", "eyeWideRight"), ("eyeBlinkLeft", "eyeBlinkRight")

Frames: TypeAlias = NDArray[np.floating[Any]]
"""Frames [n, shapes] in single or double precision."""


def shapes_of(mood: str) -> dict[str, float]:
    """Weights that a mood adds at its strongest, by shape; ``mood`` is a key of ``MOODS``."""
    weights: dict[str, float] = {}
    for side, unit, letter in CODE.findall(MOODS[mood]):
        for shape in ACTION_UNITS[int(unit)]:
            if side and not shape.endswith({"L": "Left", "R": "Right"}[side]):
                continue
            weights[shape] = min(1.0, weights.get(shape, 0.0) + INTENSITIES[letter])
    return weights


def mood_on(shapes: Sequence[str], mood: Mapping[str, float]) -> Callable[[Frames], Frames]:
    """A function on frames [n, shapes] that adds these moods, {name: 0..1}.

    Raises :class:`a2e.errors.OptionError` for an unknown name or a strength that can't be.
    """
    added = np.zeros(len(shapes))
    for name, strength in mood.items():
        check_mood(name, strength)
        for shape, weight in shapes_of(name).items():
            if shape in shapes:
                added[shapes.index(shape)] += float(strength) * weight
    return Mood(shapes, np.minimum(added, 1.0)) if added.any() else lambda frames: frames


def check_mood(name: str, strength: float) -> None:
    """Raises :class:`a2e.errors.OptionError` for an unknown mood or a strength that can't be."""
    if name not in MOODS:
        near = get_close_matches(str(name), MOODS, n=1, cutoff=0.75)
        hint = f"did you mean {near[0]}?" if near else f"expected one of {', '.join(MOODS)}"
        raise OptionError(f"there is no mood {name!r}; {hint}")
    if isinstance(strength, bool) or not isinstance(strength, Real) or not 0 <= strength <= 1:
        raise OptionError(f"the mood {name} must be a number from 0 to 1; got {strength!r}")


class Mood:
    """Adds weights to frames, frame by frame, within what the frame's lips and lids allow."""

    def __init__(self, shapes: Sequence[str], added: Frames) -> None:
        self._gap = LipGap(shapes)
        self._opening = columns(shapes, OPENING)
        paired = [pair for pair in zip(WIDE, LIDS, strict=True) if set(pair) <= set(shapes)]
        self._wide = columns(shapes, [wide for wide, _ in paired])
        self._lids = columns(shapes, [lid for _, lid in paired])
        self._opened, self._widened = added[self._opening], added[self._wide]
        self._always = added.copy()
        self._always[self._opening] = self._always[self._wide] = 0.0

    def __call__(self, frames: Frames) -> Frames:
        """[n, shapes] -> [n, shapes], not clipped."""
        moved: Frames = frames + self._always
        apart = (self._gap(frames) - CLOSED_GAP) / (OPEN_GAP - CLOSED_GAP)
        moved[:, self._opening] += within(apart)[:, None] * self._opened
        moved[:, self._wide] += (1 - within(frames[:, self._lids])) * self._widened
        return moved


def within(shares: Frames) -> Frames:
    """Shares within 0..1."""
    return np.minimum(np.maximum(shares, 0), 1)


def gap_shares() -> dict[str, float]:
    """How much each shape adds to the lips' distance."""
    shares = dict.fromkeys(OPENING, 0.25) | {"jawOpen": 1.0, "mouthClose": -1.0}
    del shares["mouthFunnel"]  # rounds the lips; what it opens is the jaw's
    return shares


class LipGap:
    """The distance of the lips, about 0 (shut) to 1, of a model with these shapes.

    The jaw's opening less what ``mouthClose`` takes back of it, plus half of each lip's own
    movement away from the other.
    """

    def __init__(self, shapes: Sequence[str]) -> None:
        self._share = np.zeros(len(shapes))
        for name, share in gap_shares().items():
            if name in shapes:
                self._share[shapes.index(name)] = share

    def __call__(self, frames: Frames) -> Frames:
        """[n, shapes] -> [n]."""
        gap: Frames = frames @ self._share
        return gap
