"""Per-shape gain, offset, clamp and mute, by name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from numbers import Real

import numpy as np

from a2e.arrays import Floats
from a2e.errors import OptionError


@dataclass(frozen=True)
class Controls:
    """What a caller asks of single shapes: ``clip(weight * gain + offset, *clamp)``, or 0 if muted.

    >>> Controls(gain={"jawOpen": 1.8}, clamp={"jawOpen": (0.0, 0.9)}, mute=["tongueOut"])
    """

    gain: Mapping[str, float] = field(default_factory=dict)
    """Factor by shape; 1 where none is given."""
    offset: Mapping[str, float] = field(default_factory=dict)
    """What is added after the gain, by shape; 0 where none is given."""
    clamp: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Lowest and highest weight, by shape; 0 and 1 where none are given."""
    mute: Collection[str] = ()
    """Shapes that stay 0."""

    def __post_init__(self) -> None:
        if isinstance(self.mute, str):
            raise OptionError(f"mute takes a list of shapes; got the string {self.mute!r}")

    def bind(self, shapes: Sequence[str]) -> Callable[[Floats], Floats]:
        """A function on frames [n, shapes]; raises :class:`OptionError` for an unknown name."""
        gain, offset, low = np.ones(len(shapes)), np.zeros(len(shapes)), np.zeros(len(shapes))
        high = np.ones(len(shapes))
        for name, factor in self.gain.items():
            gain[_column(shapes, name)] = _finite(name, factor)
        for name, shift in self.offset.items():
            offset[_column(shapes, name)] = _finite(name, shift)
        for name, bounds in self.clamp.items():
            if not isinstance(bounds, Sequence) or len(bounds) != 2:
                raise OptionError(f"the clamp of {name} must be (low, high); got {bounds!r}")
            least, most = bounds
            if not 0 <= _finite(name, least) <= _finite(name, most) <= 1:
                raise OptionError(
                    f"the clamp of {name} must be two values with 0 <= low <= high <= 1; "
                    f"got {least} and {most}"
                )
            low[_column(shapes, name)], high[_column(shapes, name)] = least, most
        for name in self.mute:
            column = _column(shapes, name)
            gain[column] = offset[column] = low[column] = high[column] = 0.0
        return lambda frames: np.clip(frames * gain + offset, low, high).astype(np.float32)


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
