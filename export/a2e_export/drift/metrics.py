"""Distances between two animations of the same audio."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from a2e.arrays import Floats
from a2e.shapes import ARKIT

LIP_STEMS = (
    *("mouthClose", "mouthFunnel", "mouthLowerDown", "mouthPress"),
    *("mouthPucker", "mouthRoll", "mouthStretch", "mouthUpperUp"),
)
LIPS = tuple(name for name in ARKIT if name.startswith(LIP_STEMS))
STILL = 0.01
"""Shapes whose standard deviation is under this don't move, and have no correlation to speak of."""


@dataclass(frozen=True)
class Distance:
    """The distance of one animation from another."""

    mean: float
    """Mean absolute difference of all weights."""
    worst: float
    """Largest absolute difference."""
    jaw: float
    """Correlation of jawOpen."""
    lips: float
    """Mean correlation of the lip shapes that move."""
    shapes: dict[str, float]
    """Mean absolute difference by shape."""


def distance(frames: Floats, reference: Floats) -> Distance:
    """[n, shapes] against [n, shapes]."""
    error = np.abs(frames - reference)
    lips = [
        correlation(frames[:, i], reference[:, i])
        for i in map(ARKIT.index, LIPS)
        if reference[:, i].std() >= STILL
    ]
    jaw = ARKIT.index("jawOpen")
    return Distance(
        mean=float(error.mean()),
        worst=float(error.max()),
        jaw=correlation(frames[:, jaw], reference[:, jaw]),
        lips=float(np.mean(lips)) if lips else 1.0,
        shapes={name: float(value) for name, value in zip(ARKIT, error.mean(axis=0), strict=True)},
    )


def correlation(a: Floats, b: Floats) -> float:
    """Pearson's; 1 for two curves that both stand still."""
    if a.std() < 1e-6 or b.std() < 1e-6:
        return float(np.allclose(a, b, atol=STILL))
    return float(np.corrcoef(a, b)[0, 1])
