"""Speech to compare networks on: the start of an audio file, whole hops of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from a2e.arrays import Floats
from a2e.audio.decode import open_audio
from a2e.audio.resample import Resampler
from a2e.audio.samples import downmix

SECONDS = 20
"""Length of an audio file's start that is compared."""


def read_speech(path: str | Path, rate: int) -> Floats:
    """The first seconds of an audio file as float32 [n] at ``rate`` Hz."""
    with open_audio(path) as file:
        resampler = Resampler(file.rate, rate)
        parts = [
            resampler.push(downmix(block))
            for block, _ in zip(file.blocks(), range(SECONDS), strict=False)
        ]
        return np.concatenate([*parts, resampler.finish()])


def whole_hops(audio: Floats, hop_samples: int) -> Floats:
    """[n] padded with silence to [hops, hop_samples], at least one."""
    count = max(1, -(-len(audio) // hop_samples))
    return np.pad(audio, (0, count * hop_samples - len(audio))).reshape(count, hop_samples)
