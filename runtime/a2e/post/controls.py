"""Strength, moods, and per-shape gain, offset, clamp and mute, by name."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from numbers import Real

import numpy as np

from a2e.arrays import Floats
from a2e.errors import OptionError
from a2e.post.moods import mood_on
from a2e.post.regions import strength_on
from a2e.shapes import HEAD


@dataclass(frozen=True)
class Controls:
    """What a caller asks of the face: how strongly it speaks, a mood, then for single shapes
    ``clip(weight * gain + offset, *clamp)``, or 0 if muted.

    >>> Controls(gain={"jawOpen": 1.8}, clamp={"jawOpen": (0.0, 0.9)}, mute=["tongueOut"])
    >>> Controls(mood={"joy": 0.5, "amazement": 0.2})
    >>> Controls(strength=1.2, regions={"brows": 0.5})
    """

    gain: Mapping[str, float] = field(default_factory=dict)
    """Factor by shape; 1 where none is given."""
    offset: Mapping[str, float] = field(default_factory=dict)
    """What is added after the gain, by shape; 0 where none is given."""
    clamp: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Lowest and highest weight, by shape; 0 and 1 where none are given, -pi and pi for the head's
    angles."""
    mute: Collection[str] = ()
    """Shapes that stay 0."""
    mood: Mapping[str, float] = field(default_factory=dict)
    """Strength by mood (``a2e.post.moods.MOODS``), 0 to 1: added to the speech, never so that shut
    lips part."""
    strength: float = 1.0
    """Factor of all that speech moves, 0 to 2; blinks, gaze and head stay. So do shut lips."""
    regions: Mapping[str, float] = field(default_factory=dict)
    """More factors, 0 to 2, by region (``a2e.post.regions.REGIONS``)."""

    def __post_init__(self) -> None:
        if isinstance(self.mute, str):
            raise OptionError(f"mute takes a list of shapes; got the string {self.mute!r}")

    def bind(self, shapes: Sequence[str]) -> Callable[[Floats], Floats]:
        """A function on frames [n, shapes]; raises :class:`OptionError` for an unknown name."""
        gain, offset = np.ones(len(shapes)), np.zeros(len(shapes))
        low, high = np.array([bounds_of(name) for name in shapes]).reshape(-1, 2).T
        for name, factor in self.gain.items():
            gain[_column(shapes, name)] = _finite(name, factor)
        for name, shift in self.offset.items():
            offset[_column(shapes, name)] = _finite(name, shift)
        for name, bounds in self.clamp.items():
            column = _column(shapes, name)
            low[column], high[column] = _clamp(name, bounds)
        for name in self.mute:
            column = _column(shapes, name)
            gain[column] = offset[column] = low[column] = high[column] = 0.0
        moody = mood_on(shapes, self.mood)
        strengthened = strength_on(shapes, self.strength, self.regions)

        def controlled(frames: Floats) -> Floats:
            spoken = frames if strengthened is None else strengthened(frames)
            return np.clip(moody(spoken) * gain + offset, low, high).astype(np.float32)

        return controlled


def bounds_of(name: str) -> tuple[float, float]:
    """Lowest and highest value of a column: a weight's, or an angle's of the head."""
    return (-math.pi, math.pi) if name in HEAD else (0.0, 1.0)


def _clamp(name: str, bounds: tuple[float, float]) -> tuple[float, float]:
    if not isinstance(bounds, Sequence) or len(bounds) != 2:
        raise OptionError(f"the clamp of {name} must be (low, high); got {bounds!r}")
    least, most = bounds_of(name)
    low, high = bounds
    if not least <= _finite(name, low) <= _finite(name, high) <= most:
        raise OptionError(
            f"the clamp of {name} must be two values with {least:.4g} <= low <= high <= "
            f"{most:.4g}; got {low} and {high}"
        )
    return low, high


def _column(shapes: Sequence[str], name: str) -> int:
    if name not in shapes:
        near = get_close_matches(name, shapes, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else "`a2e inspect` lists them"
        raise OptionError(f"the model has no shape {name!r}; {hint}")
    return shapes.index(name)


def _finite(name: str, value: float) -> float:
    if not isinstance(value, Real) or not np.isfinite(float(value)):
        raise OptionError(f"what {name} is set to must be a finite number; got {value!r}")
    return float(value)
