"""Per-shape gain, offset, clamp and mute, by name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

import numpy as np

from a2e.audio import Floats
from a2e.errors import OptionError


@dataclass(frozen=True)
class Controls:
    """What a caller asks of single shapes: ``clip(weight * gain + offset, *clamp)``, or 0 if muted.

    >>> Controls(gain={"jawOpen": 1.8}, clamp={"jawOpen": (0.0, 0.9)}, mute=["tongueOut"])
    """

    gain: Mapping[str, float] = field(default_factory=dict)
    offset: Mapping[str, float] = field(default_factory=dict)
    clamp: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    mute: Collection[str] = ()

    def bind(self, shapes: Sequence[str]) -> Callable[[Floats], Floats]:
        """A function on frames [n, shapes]; raises :class:`OptionError` for an unknown name."""
        gain, offset, low = np.ones(len(shapes)), np.zeros(len(shapes)), np.zeros(len(shapes))
        high = np.ones(len(shapes))
        for name, factor in self.gain.items():
            gain[_column(shapes, name)] = _finite(name, factor)
        for name, shift in self.offset.items():
            offset[_column(shapes, name)] = _finite(name, shift)
        for name, (least, most) in self.clamp.items():
            if not 0 <= least <= most <= 1:
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
        hint = f"did you mean {' or '.join(near)}?" if near else f"shapes: {', '.join(shapes)}"
        raise OptionError(f"the model has no shape {name!r}; {hint}")
    return shapes.index(name)


def _finite(name: str, value: float) -> float:
    if not np.isfinite(value):
        raise OptionError(f"gain and offset of {name} must be finite numbers; got {value}")
    return float(value)
