"""What all writers share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO, ClassVar

import numpy as np

from a2e.arrays import Floats
from a2e.errors import OptionError
from a2e.rates import Rate
from a2e.shapes import HEAD
from a2e.visemes.table import is_viseme_set

DECIMALS = 6
"""Decimals of weights in text formats: finer than any renderer shows."""


class Writer:
    """Frames to a binary ``file``: ``begin``, ``write`` as often as there are frames, ``end``."""

    extensions: ClassVar[tuple[str, ...]] = ()
    """File names that mean this format, where none is named."""
    set: ClassVar[str] = ""
    """The set of shapes that it needs (``a2e.visemes.SHAPE_SETS``), if any."""

    def __init__(self, file: BinaryIO, names: Sequence[str], fps: Rate | float, audio: str) -> None:
        self.file = file
        self.names = list(names)
        """Names of the frames' columns: shapes, and the head's pose if it moves."""
        self.shape_columns = [i for i, name in enumerate(names) if name not in HEAD]
        self.shapes = [names[i] for i in self.shape_columns]
        """Names of the shapes alone."""
        self.head_columns = [self.names.index(name) for name in HEAD if name in names]
        """Where yaw, pitch and roll of the head stand; empty where it does not move."""
        self.fps = fps
        """Frames a second, exact."""
        self.audio = audio
        self.count = 0
        """Frames written so far."""

    def begin(self) -> None:
        """Writes what stands before the frames."""

    def write(self, frames: Floats) -> None:
        """Writes frames [n, names]; raises :class:`a2e.errors.OptionError` before any of them if
        one is not finite or has another number of weights."""
        self.check(frames)
        self.add(frames)

    def check(self, frames: Floats) -> None:
        """Raises :class:`a2e.errors.OptionError` for what no file can hold."""
        if frames.ndim != 2 or frames.shape[1] != len(self.names):
            raise OptionError(
                f"frames must have the shape [n, {len(self.names)}]; got {list(frames.shape)}"
            )
        with np.errstate(over="ignore"):
            finite = np.isfinite(frames.astype(np.float32))
        if not finite.all():
            row, column = np.argwhere(~finite)[0]
            raise OptionError(
                f"weights must be finite; {self.names[column]} of frame {self.count + row} is "
                f"{frames[row, column]}: check the audio and the model that they came from"
            )

    def check_weights(self) -> None:
        """Raises :class:`a2e.errors.OptionError` for visemes, which have no place here."""
        if is_viseme_set(self.names):
            raise OptionError(
                f"this format holds ARKit's shapes; got {', '.join(self.names[:3])}, …: leave "
                "shapes out, or write ndjson or npz"
            )

    def add(self, frames: Floats) -> None:
        """Writes checked frames [n, names]."""
        for values in np.round(frames.astype(np.float64), DECIMALS).tolist():
            self.frame(values)
            self.count += 1

    def frame(self, values: list[float]) -> None:
        """Writes frame number ``count``, a value for each name."""
        raise NotImplementedError

    def weights(self, values: list[float]) -> list[float]:
        """Those of a frame's values that are weights of shapes."""
        return [values[i] for i in self.shape_columns]

    def time(self, frame: int) -> float:
        """When a frame starts, seconds, to six decimals."""
        return round(float(frame / self.fps), DECIMALS)

    def end(self) -> None:
        """Writes what stands after the frames."""

    def text(self, text: str) -> None:
        self.file.write(text.encode())
