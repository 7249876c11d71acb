"""numpy's own archive: ``weights`` float32 [n, names], ``names``, ``fps`` (and ``fps_exact``)."""

from __future__ import annotations

from typing import Any

import numpy as np

from a2e.arrays import Floats
from a2e.formats.base import Writer
from a2e.rates import exact, number


class Npz(Writer):
    """An array needs its length first, so all frames are kept until the end (374 kB a minute)."""

    extensions = (".npz",)

    def begin(self) -> None:
        self.frames = [np.zeros((0, len(self.names)), np.float32)]

    def add(self, frames: Floats) -> None:
        self.frames.append(frames.astype(np.float32))
        self.count += len(frames)

    def end(self) -> None:
        facts = {"names": self.names, "fps": number(self.fps), **exact(self.fps)}
        arrays: dict[str, Any] = {name: np.array(fact) for name, fact in facts.items()}
        np.savez(self.file, weights=np.concatenate(self.frames), **arrays)
