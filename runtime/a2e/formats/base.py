"""What all writers share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO, ClassVar

import numpy as np

from a2e.arrays import Floats

DECIMALS = 6
"""Decimals of weights in text formats: finer than any renderer shows."""


class Writer:
    """Frames to a binary ``file``: ``begin``, ``write`` as often as there are frames, ``end``."""

    extensions: ClassVar[tuple[str, ...]] = ()
    """File names that mean this format, where none is named."""

    def __init__(self, file: BinaryIO, names: Sequence[str], fps: int, audio: str) -> None:
        self.file = file
        self.names = list(names)
        self.fps = fps
        self.audio = audio
        self.count = 0
        """Frames written so far."""

    def begin(self) -> None:
        """Writes what stands before the frames."""

    def write(self, frames: Floats) -> None:
        """Writes frames [n, shapes]."""
        for weights in np.round(frames.astype(np.float64), DECIMALS).tolist():
            self.frame(weights)
            self.count += 1

    def frame(self, weights: list[float]) -> None:
        """Writes frame number ``count``."""
        raise NotImplementedError

    def end(self) -> None:
        """Writes what stands after the frames."""

    def text(self, text: str) -> None:
        self.file.write(text.encode())
