"""A finished animation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from a2e.arrays import Floats
from a2e.rates import Rate


@dataclass(frozen=True)
class Clip:
    """Weights of a whole clip."""

    weights: Floats
    """float32 [n, names] in 0..1, the head's pose in radians; row k shows the time
    [k / fps, (k + 1) / fps)."""
    names: tuple[str, ...]
    """Names of the shapes, in the order of the columns; with a moving head also its pose's."""
    fps: Rate
    """Frames a second, exact: an int, or a Fraction where it is not whole."""

    def __len__(self) -> int:
        return len(self.weights)

    def save(
        self,
        path: str | Path,
        format: str | None = None,
        *,
        audio: str | Path = "",
        onto: str | Path | None = None,
    ) -> None:
        """Writes the clip; the format is told by the extension or named (see ``a2e.formats``).

        ``audio`` is the path of the audio file, for formats that name it; ``onto`` the file of the
        head that `gltf` animates. Raises :class:`a2e.errors.OptionError` for an unknown format, a
        head that can't be animated, or weights that are not finite.
        """
        from a2e.formats import open_writer

        with open_writer(path, self.names, self.fps, format, audio, onto) as writer:
            writer.write(self.weights)
