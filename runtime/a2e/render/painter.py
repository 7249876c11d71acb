"""Weights to pixels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from a2e.arrays import Floats
from a2e.render.drawing import Drawing
from a2e.render.look import Look
from a2e.render.raster import Raster
from a2e.shapes import HEAD

Pixels = NDArray[np.uint8]
SWAY_RADIANS = 0.1
"""The turn of a head by which its drawing sways as far as it can."""
FACE = 0
"""The number of the face's canvas."""


class Painter:
    """Draws frames of ``names``: shapes, and the head's pose where it moves."""

    def __init__(self, names: Sequence[str], look: Look) -> None:
        self._shapes = [i for i, name in enumerate(names) if name not in HEAD]
        self._head = [names.index(name) for name in HEAD if name in names]
        shapes = [names[i] for i in self._shapes]
        self._drawing = Drawing(shapes, look.width, look.height)
        self._raster = Raster(self._drawing.commands, self._drawing.segments)
        self._look = look

    def paint(self, weights: Floats) -> Pixels:
        """A frame [names] as uint8 [height, width, 4]: red, green, blue, opacity. Without any
        transparency they are the next frame's memory too."""
        self._raster.play(self._drawing.draw(weights[self._shapes], self._sway(weights)))
        self._raster.fill_behind(FACE, self._look.background)
        return (self._raster.pixels if self._look.opaque else self._raster.straight)(FACE)

    def close(self) -> None:
        self._drawing.close()

    def _sway(self, weights: Floats) -> tuple[float, float, float]:
        """x, y and roll as the drawing takes them: its own left is the viewer's right, and a roll
        to its own right turns as the viewer's clock goes back."""
        if not self._head:
            return 0.0, 0.0, 0.0
        yaw, pitch, roll = weights[self._head].tolist()
        x, y = np.clip([yaw / SWAY_RADIANS, pitch / SWAY_RADIANS], -1, 1).tolist()
        return x, y, -roll
