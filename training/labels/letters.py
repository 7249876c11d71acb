"""Sounds in time, as classes that the network learns to tell apart besides the curves.

A class is an IPA letter, read as `articulation` reads it: a diphthong or an affricate gives two
letters, each for half of its time.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.labels.articulation import letters_of, poses
from training.labels.curves import FPS
from training.speech.utterance import Phone

IN_FRAME = 2  # letters of each frame, evenly spaced: the shortest phones last half a frame
CLASSES = ("", *sorted(poses()))
"""Silence comes first."""
UNKNOWN = 255  # no class: a phone without any known letter


def letters(phones: Sequence[Phone], frames: int) -> NDArray[np.uint8]:
    """Indices of `CLASSES`, or `UNKNOWN`, in every frame: [frames, IN_FRAME]."""
    spoken = [timed for phone in phones for timed in parts(phone)]
    ends = np.array([end for end, _ in spoken])
    classes = np.array([letter for _, letter in spoken] + [CLASSES.index("")], np.uint8)
    times = (np.arange(frames * IN_FRAME) + 0.5) / (FPS * IN_FRAME)
    return classes[np.searchsorted(ends, times, side="right")].reshape(frames, IN_FRAME)


def parts(phone: Phone) -> list[tuple[float, int]]:
    """When each of a phone's letters ends (s), and its class."""
    if not phone.symbol:
        return [(phone.end, CLASSES.index(""))]
    classes = [CLASSES.index(x) for x in letters_of(phone.symbol) if x in CLASSES] or [UNKNOWN]
    edges = np.linspace(phone.start, phone.end, len(classes) + 1)[1:]
    return [(float(end), letter) for end, letter in zip(edges, classes, strict=True)]
