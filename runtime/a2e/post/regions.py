"""Regions of the face: their shapes, how strongly they move, and how smoothly."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from a2e.arrays import Floats
from a2e.errors import OptionError
from a2e.post.closures import Closures
from a2e.post.moods import Frames
from a2e.post.stages import columns
from a2e.shapes import ARKIT, HEAD

JAW = tuple(name for name in ARKIT if name.startswith("jaw") or name == "mouthClose")
"""``mouthClose`` takes back what ``jawOpen`` opens, so it goes with it."""
LIPS = tuple(name for name in ARKIT if name.startswith("mouth") and name != "mouthClose")
BROWS = tuple(name for name in ARKIT if name.startswith("brow"))
EYES = tuple(name for name in ARKIT if name.startswith("eye"))
REGIONS: dict[str, tuple[str, ...]] = {
    "upper": (*BROWS, *EYES, "cheekSquintLeft", "cheekSquintRight"),
    "lower": (*JAW, *LIPS, "cheekPuff", "noseSneerLeft", "noseSneerRight", "tongueOut"),
    "jaw": JAW,
    "lips": LIPS,
    "brows": BROWS,
    "eyes": EYES,
}
LIDS = ("eyeBlinkLeft", "eyeBlinkRight")
LIVING = (*LIDS, *(name for name in EYES if name.startswith("eyeLook")), *HEAD)
"""What speech does not move: blinks, gaze, the head. Strength leaves it as it is."""
MOST_STRENGTH = 2.0
MOST_SMOOTH = 1_000.0
"""Longest time of smoothing, milliseconds."""


def strength_on(
    names: Sequence[str], strength: float, regions: Mapping[str, float]
) -> Callable[[Frames], Frames] | None:
    """A function on frames [n, names] that multiplies what speech moves by ``strength`` and
    regions by their own factors, and keeps closures; None where all factors are 1.

    Raises :class:`a2e.errors.OptionError`.
    """
    overall = bounded("strength", strength, MOST_STRENGTH)
    factors = np.array([1.0 if name in LIVING else overall for name in names], np.float32)
    for region, factor in regions.items():
        check_region(region)
        factors[columns(names, REGIONS[region])] *= bounded(f"the region {region}", factor, 2.0)
    if (factors == 1).all():
        return None
    closures = Closures(names)
    angles = columns(names, HEAD)

    def strengthened(frames: Frames) -> Frames:
        moved = np.minimum(frames * factors, 1)
        moved[:, angles] = frames[:, angles]
        return closures.keep(frames, moved)

    return strengthened


def check_region(name: str) -> None:
    """Raises :class:`a2e.errors.OptionError` for what is no region."""
    if name not in REGIONS:
        near = get_close_matches(str(name), REGIONS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"expected one of {', '.join(REGIONS)}"
        raise OptionError(f"there is no region {name!r}; {hint}")


def bounded(name: str, value: Any, most: float) -> float:
    """The value; raises :class:`a2e.errors.OptionError` where it is none of 0 to ``most``."""
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= float(value) <= most:
        raise OptionError(f"{name} must be a number from 0 to {most:g}; got {value!r}")
    return float(value)


class RegionSmoother:
    """Smooths regions of a stream's frames, each with a time of its own, in milliseconds.

    y <- x + a (y - x) with a = exp(-1 / (fps * time)): what moves comes about that time later.
    Lids are left, and shut lips shut at once. Raises :class:`a2e.errors.OptionError`.
    """

    def __init__(self, names: Sequence[str], fps: int, times: Mapping[str, float]) -> None:
        slowest = np.zeros(len(names))
        for region, time in times.items():
            check_region(region)
            time = bounded(f"the smoothing of {region}", time, MOST_SMOOTH)
            chosen = columns(names, [name for name in REGIONS[region] if name not in LIDS])
            slowest[chosen] = np.maximum(slowest[chosen], time / 1_000)
        self._shares: NDArray[np.float32] = np.array(
            [math.exp(-1 / (fps * time)) if time > 0 else 0.0 for time in slowest], np.float32
        )
        self._closures = Closures(names, REGIONS["lower"])
        self._last: Floats | None = None

    def step(self, frames: Floats) -> Floats:
        """Frames [n, names] -> smoothed frames [n, names]."""
        smoothed = np.empty_like(frames)
        for i in range(len(frames)):
            frame = frames[i : i + 1]
            last = frame if self._last is None else self._last
            self._last = self._closures.keep(frame, frame + self._shares * (last - frame))
            smoothed[i] = self._last[0]
        return smoothed
