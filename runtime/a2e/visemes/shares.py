"""Weights to shares of visemes: the mix of poses that comes nearest to a frame's mouth.

Each frame by itself: non-negative least squares (Lawson & Hanson 1974, "Solving Least Squares
Problems", in the form of Bro & de Jong 1997, which needs only the products of the poses), a little
drawn to 0, with shares that sum to 1 at most. Where the frame's lips are shut, the shares are moved
to the contacts (PP, FF) until their mix is shut, too.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from a2e.arrays import Floats
from a2e.post.closures import Closures
from a2e.post.moods import CLOSED_GAP
from a2e.post.stages import columns
from a2e.shapes import ARKIT
from a2e.visemes.table import CONTACTS, SILENCE, Pose, column_names, poses

Doubles = NDArray[np.float64]

MOUTH = tuple(name for name in ARKIT if name.startswith(("jaw", "mouth")))
"""The shapes that are compared; the tongue, which the model hardly moves, is not."""
RIDGE = 0.001**2
"""Of a share's square, beside the squares of weights: decides between poses that are much alike."""
SUM_PENALTY = 100.0
"""Of the square by which the shares sum to something else than 1, where they would to more."""
LEAST = 1e-9
UNBINDING = 4.0
"""How fast the gap that shares may have grows with the frame's own, where that is not shut."""


class Mix:
    """Shares of some poses in the mouths of frames with these columns."""

    def __init__(self, visemes: dict[str, Pose], names: Sequence[str]) -> None:
        self.names = tuple(visemes)
        self._columns = columns(names, MOUTH)
        self._closures = Closures(names)
        shown = [names[i] for i in self._columns]
        table = np.array([[pose.get(name, 0.0) for name in shown] for pose in visemes.values()])
        self._poses: Doubles = table
        self._products = table @ table.T + RIDGE * np.eye(len(table))
        whole = np.array([[pose.get(n, 0.0) for n in names] for pose in visemes.values()])
        self.gaps: Doubles = self._closures.gap(whole.astype(np.float32)).astype(np.float64)
        """The lips' distance in each pose."""
        self._contacts = [self.names.index(name) for name in CONTACTS if name in visemes]

    def gap(self, frames: Floats) -> Doubles:
        """The lips' distance in frames, [n]."""
        return self._closures.gap(frames).astype(np.float64)

    def shares(self, frames: Floats) -> Doubles:
        """Frames [n, names] -> shares [n, visemes], each 0..1, their sum at most 1."""
        found = np.zeros((len(frames), len(self.names)))
        mouths = frames[:, self._columns].astype(np.float64)
        for i, (mouth, gap) in enumerate(zip(mouths, self.gap(frames), strict=True)):
            found[i] = self._closed(self._nearest(self._poses @ mouth), float(gap))
        return found

    def _nearest(self, wanted: Doubles) -> Doubles:
        shares = nonnegative(self._products, wanted)
        if shares.sum() > 1:
            shares = nonnegative(self._products + SUM_PENALTY, wanted + SUM_PENALTY)
            shares /= max(1.0, shares.sum())
        return shares

    def _closed(self, shares: Doubles, gap: float) -> Doubles:
        """The shares of one frame, as far as its lips' gap allows."""
        beyond = gap - CLOSED_GAP
        allowed = CLOSED_GAP + (UNBINDING * beyond if beyond > 0 else max(beyond, -CLOSED_GAP) / 2)
        own = float(shares @ self.gaps)
        if own <= allowed:
            return shares
        shut = self._contact(shares, allowed)
        rest = float(shut @ self.gaps)
        part = min(1.0, (own - allowed) / max(own - rest, LEAST))
        moved: Doubles = shares + part * (shut - shares)
        return moved

    def _contact(self, shares: Doubles, allowed: float) -> Doubles:
        """All shares on the contacts as they stand to each other, on the lips alone where that is
        not shut enough; none without contacts."""
        shut = np.zeros(len(shares))
        if self._contacts:
            touching = shares[self._contacts]
            if touching.sum() > 0:
                shut[self._contacts] = touching * (shares.sum() / touching.sum())
            if not touching.sum() or shut @ self.gaps > allowed:
                shut[:] = 0
                shut[self._contacts[0]] = shares.sum()
        return shut


def nonnegative(products: Doubles, wanted: Doubles) -> Doubles:
    """The x >= 0 that makes x' products x / 2 - wanted' x least; products positive definite."""
    count = len(wanted)
    x, slope = np.zeros(count), wanted.copy()
    active: list[int] = []
    for _ in range(3 * count):
        slope[active] = -np.inf
        best = int(slope.argmax())
        if slope[best] <= LEAST:
            break
        active.append(best)
        while active:
            solved = np.linalg.solve(products[np.ix_(active, active)], wanted[active])
            if solved.min() > 0:
                x[:] = 0
                x[active] = solved
                break
            known = x[active]
            falling = solved <= 0
            x[active] = known + (known / (known - solved + LEAST**2))[falling].min() * (
                solved - known
            )
            active = [i for i in active if x[i] > LEAST]
        slope = wanted - products @ x
    return x


class ShareMap:
    """Frames of ARKit's weights to frames of a set's shares; it remembers nothing."""

    def __init__(self, set: str, names: Sequence[str]) -> None:
        self.names = column_names(set)
        all_poses = poses(set)
        mouths = {name: pose for name, pose in all_poses.items() if _is_mouth(pose)}
        self._mix = Mix(mouths, names)
        order = list(all_poses)
        self._mouths = [order.index(name) for name in mouths]
        self._silence = order.index(SILENCE) if SILENCE in order else None
        lids = {order.index(name): next(iter(p)) for name, p in all_poses.items() if _is_lid(p)}
        self._lids = [(i, names.index(lid)) for i, lid in lids.items() if lid in names]

    def step(self, frames: Floats) -> Floats:
        """Frames [n, ARKit's names] -> [n, names]; what the shares leave of 1 is silence."""
        mapped = np.zeros((len(frames), len(self.names)), np.float32)
        shares = self._mix.shares(frames)
        mapped[:, self._mouths] = shares
        if self._silence is not None:
            mapped[:, self._silence] = np.maximum(0, 1 - shares.sum(axis=1))
        for column, lid in self._lids:
            mapped[:, column] = frames[:, lid]
        return mapped


def _is_mouth(pose: Pose) -> bool:
    return any(name in MOUTH for name in pose)


def _is_lid(pose: Pose) -> bool:
    return len(pose) == 1 and next(iter(pose)).startswith("eyeBlink")
