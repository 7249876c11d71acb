"""Closures of the lips: whatever moves a frame's weights, lips that were shut stay shut."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from a2e.post.moods import CLOSED_GAP, OPEN_GAP, Frames, gap_shares, within
from a2e.post.stages import columns

GAP_COLUMNS = tuple(gap_shares())
"""The shapes that the lips' gap is made of."""


class Closures:
    """Keeps the closures of frames with these columns.

    What is held back are ``held``, by default the shapes that the gap is made of.
    """

    def __init__(self, names: Sequence[str], held: Sequence[str] = GAP_COLUMNS) -> None:
        shares = {name: share for name, share in gap_shares().items() if name in names}
        self._gap = columns(names, tuple(shares))
        self._shares = np.array(list(shares.values()), np.float32)
        self._held = columns(names, held)

    def gap(self, frames: Frames) -> Frames:
        """The lips' distance (``a2e.post.moods.LipGap``), [n, names] -> [n].

        Summed frame by frame, so that it is the same to the bit however frames were cut.
        """
        gap: Frames = (frames[:, self._gap] * self._shares).sum(axis=1)
        return gap

    def keep(self, frames: Frames, moved: Frames) -> Frames:
        """``moved`` [n, names], as far as the lips of ``frames`` [n, names] allow: a new array.

        Where those are shut (``CLOSED_GAP``), the gap goes at most half of its way from theirs to
        that; where they are open (``OPEN_GAP``), as far as it likes; in between, by shares.
        """
        kept = moved.copy()
        start, end = self.gap(frames), self.gap(moved)
        way = np.maximum(end - start, 1e-9)
        room = within(np.maximum(CLOSED_GAP - start, 0) / 2 / way)
        apart = within((start - CLOSED_GAP) / (OPEN_GAP - CLOSED_GAP))
        share = np.where(end <= start, 1, np.maximum(room, apart)).astype(frames.dtype)
        held = frames[:, self._held]
        kept[:, self._held] = held + share[:, None] * (moved[:, self._held] - held)
        return kept
