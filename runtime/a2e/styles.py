"""Styles: how a caller names one, and what the graph is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from a2e.arrays import Floats
from a2e.errors import OptionError
from a2e.spec import Spec

Style: TypeAlias = int | str | Sequence[float] | NDArray[Any] | Mapping[int | str, float]
"""A style's index or name, or a blend that sums to 1: one share per style, or {style: share}."""

SUM_TOLERANCE = 1e-3


def shares_of(style: Style | None, spec: Spec) -> Floats:
    """Shares of the model's styles, float32 [styles]; None is its default style.

    Raises :class:`a2e.errors.OptionError` for a style that does not exist.
    """
    if style is None:
        style = spec.default_style
    if isinstance(style, int | str | np.integer):
        style = {style: 1.0}
    count = len(spec.styles)
    shares = _blend(style, spec.styles) if isinstance(style, Mapping) else _numbers(style)
    summed = abs(shares.sum() - 1) <= SUM_TOLERANCE
    if shares.shape != (count,) or not summed or shares.min() < 0:
        raise OptionError(
            f"a style is an index, a name, or a blend: {count} shares from 0 up that sum to 1, or "
            f"{{style: share}}; got {style!r}"
        )
    return shares


def _blend(style: Mapping[Any, Any], names: Sequence[str]) -> Floats:
    shares = np.zeros(len(names), np.float32)
    for one, share in style.items():
        shares[_index(one, names)] += share if isinstance(share, Real) else np.nan
    return shares


def _index(style: Any, names: Sequence[str]) -> int:
    if isinstance(style, bool) or not isinstance(style, int | str | np.integer):
        raise OptionError(f"a style is told by its index or name; got {style!r}")
    if isinstance(style, str):
        if style not in names:
            raise OptionError(f"style must be one of {', '.join(names)}; got {style!r}")
        return names.index(style)
    if not 0 <= style < len(names):
        raise OptionError(f"style must be 0 to {len(names) - 1}; got {style}")
    return int(style)


def _numbers(values: Any) -> Floats:
    """Any sequence of numbers as an array; an empty one for anything else."""
    try:
        return np.asarray(values, np.float32)
    except (TypeError, ValueError):
        return np.zeros(0, np.float32)
