"""Facts of the 52 curves that the recipe's parts share: their rate, columns, and the lips' gap.

Shapes: T frames of 1/30 s.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from a2e.shapes import ARKIT

Floats = NDArray[np.float32]
FPS = 30  # frames a second
CLOSED_GAP = 0.10
"""Lips count as closed where `lip_gap` is under this."""


def columns(name: str) -> list[int]:
    """The columns of a shape, or of both sides of one that has a left and a right."""
    return [i for i, shape in enumerate(ARKIT) if shape in (name, f"{name}Left", f"{name}Right")]


def lip_gap(weights: Floats) -> Floats:
    """The distance of the lips, about 0 (closed) to 1: [T, 52] -> [T].

    The jaw's opening less what `mouthClose` takes back of it, plus half of each lip's own movement
    away from the other.
    """
    jaw, close, lower, upper = (
        weights[..., columns(name)].mean(axis=-1)
        for name in ("jawOpen", "mouthClose", "mouthLowerDown", "mouthUpperUp")
    )
    gap: Floats = jaw - close + 0.5 * (lower + upper)
    return gap
