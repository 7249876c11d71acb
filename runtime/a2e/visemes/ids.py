"""Weights to one viseme at a time, for drawn mouths: no flicker, and no contact left out."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np
from numpy.typing import NDArray

from a2e.arrays import Floats
from a2e.rates import Rate
from a2e.visemes.shares import Mix
from a2e.visemes.table import CONTACTS, SILENCE, column_names, ids_of, poses

REST = 0.25
"""Sum of shares under which the mouth rests."""
TOUCHING = 0.06
"""Gap of lips under which a mouth that does not rest is a contact."""
WIDE = 0.3
"""Gap from which a mouth is wide, where a set tells narrow from wide."""
STAY = 0.15
"""Part of the sum of shares by which another viseme must lead before the shown one goes."""
SHORTEST = 0.065
"""Seconds that a viseme shows at least; contacts come at once."""


class IdMap:
    """One stream's frames of ARKit's weights to ids, each frame 1 for one of them, else 0."""

    def __init__(self, set: str, names: Sequence[str], fps: Rate) -> None:
        self.names = column_names(set)
        oculus = poses("oculus")
        self._mix = Mix({name: pose for name, pose in oculus.items() if pose}, names)
        ids = ids_of(set)
        self._ids: NDArray[np.intp] = np.array(
            [[self.names.index(ids[name][wide]) for name in self._mix.names] for wide in (0, 1)]
        )
        """Which id shows each viseme, narrow and wide."""
        self._rest = self.names.index(ids[SILENCE][0])
        contacts = [self._mix.names.index(name) for name in CONTACTS]
        self._contacts = contacts
        self._contact_ids = {int(self._ids[0, contact]) for contact in contacts}
        self._shortest = ceil(SHORTEST * fps - 1e-9)
        self._shown, self._frames = self._rest, self._shortest  # for how many frames it has shown

    def step(self, frames: Floats) -> Floats:
        """Frames [n, ARKit's names] -> [n, names]."""
        mapped = np.zeros((len(frames), len(self.names)), np.float32)
        shares, gaps = self._mix.shares(frames), self._mix.gap(frames)
        for i, (share, gap) in enumerate(zip(shares, gaps, strict=True)):
            self._show(self._wanted(share, float(gap)))
            mapped[i, self._shown] = 1
        return mapped

    def _wanted(self, shares: NDArray[np.float64], gap: float) -> int:
        """The id that a frame asks for."""
        total = float(shares.sum())
        if total < REST:
            return self._rest
        if gap < TOUCHING:
            touching = shares[self._contacts]
            return int(self._ids[0, self._contacts[int(touching.argmax())]])
        scores = np.zeros(len(self.names))
        np.add.at(scores, self._ids[int(gap >= WIDE)], shares)
        scores[self._shown] += STAY * total
        return int(scores.argmax())

    def _show(self, wanted: int) -> None:
        due = self._frames >= self._shortest or wanted in self._contact_ids
        if wanted != self._shown and due:
            self._shown, self._frames = wanted, 0
        self._frames += 1
