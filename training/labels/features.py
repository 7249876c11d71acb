"""Phones and loudness as numbers that a linear map can learn articulation from.

A phone counts by its articulatory features (see `articulation`), not by its letter: so what people
do with the phones of one language carries over to sounds that they never spoke.

Shapes: T frames of 1/30 s, K features.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.labels.articulation import CONTACTS, REST, Pose
from training.labels.curves import FPS, Floats
from training.labels.targets import of_frames, parts, subframe_times
from training.speech.utterance import SAMPLE_RATE, Phone

Matrix = NDArray[np.float64]

REACH = 8  # frames to either side
LOUD = 90  # percentile of the frames' levels that counts as 0 dB
RANGE = (-40.0, 6.0)  # dB
LEVEL_UNIT = 20.0  # dB


def features(phones: Sequence[Phone], frames: int) -> Matrix:
    """What each frame's phones ask for, by the time that they take of it: [T, K]."""
    spoken = [part for phone in phones for part in parts(phone)]
    rows = np.array([row(p.pose, p.stress) for p in spoken] or [row(REST, 0)])
    ends = np.array([p.end for p in spoken])
    places = np.searchsorted(ends, subframe_times(frames), side="right")
    return of_frames(rows[np.minimum(places, len(rows) - 1)])


def row(pose: Pose, stress: int) -> list[float]:
    """A pose's features; those of vowels and of consonants apart."""
    if pose == REST:
        return [1.0] + [0.0] * 17
    mouth, strength = pose.mouth, stress / 2
    contact = [float(pose.contact == name) for name in CONTACTS]
    if pose.vowel:
        shape = [1.0, mouth.jaw, mouth.spread, mouth.round, mouth.flare, mouth.jaw**2]
        return [0.0, *shape, strength, strength * mouth.jaw, *contact, *[0.0] * 6]
    shape = [mouth.round, mouth.flare, mouth.spread, mouth.lower, mouth.jaw, pose.jaw_pull]
    return [0.0] * 9 + [*contact, *shape]


def levels(audio: Floats, frames: int) -> Matrix:
    """Each frame's loudness against the clip's own loud frames, in units of 20 dB: [T, 1]."""
    edges = np.minimum(np.arange(frames + 1) * SAMPLE_RATE // FPS, len(audio))
    sums = np.concatenate(([0.0], np.cumsum(audio.astype(np.float64) ** 2)))
    energy = np.diff(sums[edges]) * FPS / SAMPLE_RATE + 1e-9
    level = 10 * np.log10(energy)
    relative: Matrix = np.clip(level - np.percentile(level, LOUD), *RANGE) / LEVEL_UNIT
    return relative[:, None]


def around(rows: Matrix, reach: int = REACH) -> Matrix:
    """Each frame with ``reach`` frames to either side, edges held: [T, K] -> [T, K * (2r + 1)]."""
    padded = np.pad(rows, ((reach, reach), (0, 0)), mode="edge")
    return np.concatenate([padded[i : i + len(rows)] for i in range(2 * reach + 1)], axis=1)
