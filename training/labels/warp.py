"""A Viterbi path between two utterances, like dynamic time warping's (Sakoe & Chiba 1978).

Shapes: N recording frames, R reference frames (5 ms), C coefficients.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STAY, SKIP, LEAP = 0.3, 0.3, 1.0  # cost of holding a reference frame, of skipping one, of two
WARP_LIMIT = 3  # reference frames in one recording frame


def warp(own: Floats, other: Floats, free: NDArray[np.bool_]) -> tuple[NDArray[np.int64], float]:
    """The reference frame of each recording frame [N], which never falls, and the path's cost.

    ``free`` frames of the reference are held or skipped at no cost.
    """
    distance = np.sqrt(np.maximum(squared_distances(own, other), 0)) / np.sqrt(own.shape[1])
    hold = np.where(free, 0.0, STAY)
    skip = np.where(free, 0.0, SKIP)
    steps = [hold, np.zeros(len(other)), skip, np.where(free, 0.0, LEAP)]
    total = np.full(len(other), np.inf)
    total[: WARP_LIMIT + 1] = distance[0, : WARP_LIMIT + 1]
    total[: lead_in(free)] = distance[0, : lead_in(free)]
    origins = np.zeros((len(own), len(other)), np.int8)
    for n in range(1, len(own)):
        options = np.full((WARP_LIMIT + 1, len(other)), np.inf)
        for step in range(min(WARP_LIMIT + 1, len(other))):
            options[step, step:] = total[: len(other) - step] + steps[step][step:]
        origins[n] = options.argmin(axis=0)
        total = options.min(axis=0) + distance[n]
    tail = len(other) - max(lead_in(free[::-1]), 1)
    last = tail + int(total[tail:].argmin())
    path = np.empty(len(own), np.int64)
    path[-1] = last
    for n in range(len(own) - 1, 0, -1):
        path[n - 1] = path[n] - origins[n, path[n]]
    return path, float(total[last]) / len(own)


def lead_in(free: NDArray[np.bool_]) -> int:
    """The number of silent frames before the first that is not."""
    return int(np.argmin(free)) if not free.all() else len(free)


def squared_distances(a: Floats, b: Floats) -> Floats:
    """Of every pair of frames: [N, C], [R, C] -> [N, R]."""
    squares: Floats = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T
    return squares
