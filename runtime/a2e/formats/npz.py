"""numpy's own archive: ``weights`` float32 [n, names], ``names``, ``fps``."""

from __future__ import annotations

import numpy as np

from a2e.arrays import Floats
from a2e.formats.base import Writer


class Npz(Writer):
    """An array needs its length first, so all frames are kept until the end (374 kB a minute)."""

    extensions = (".npz",)

    def begin(self) -> None:
        self.frames = [np.zeros((0, len(self.names)), np.float32)]

    def add(self, frames: Floats) -> None:
        self.frames.append(frames.astype(np.float32))
        self.count += len(frames)

    def end(self) -> None:
        np.savez(
            self.file,
            weights=np.concatenate(self.frames),
            names=np.array(self.names),
            fps=np.array(self.fps),
        )
