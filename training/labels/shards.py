"""Shards of training data: ten minutes each, made from their own seed.

Making can stop at any time and go on later. A shard is one recording:

    train-neural-0007.audio.npy     int16   [n]          16 kHz, augmented
    train-neural-0007.targets.npy   float16 [n*30/16000, styles, 52]
    train-neural-0007.letters.npy   uint8   [n*30/16000, 2]  the letters spoken, see `letters`
    train-neural-0007.labials.npy   int32   [k, 2]       first and last frame of each p, b and m

Training reads random windows of them on the grid of three frames, where frames and samples meet.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.folders import DATA
from training.labels.clips import Clip, clips
from training.labels.curves import FPS
from training.labels.sources import SOURCES, Source
from training.speech.voices import Split

SHARD_SECONDS = 600.0
SEED_BASE = {"train": 1_000, "validation": 900_000}
SOURCE_SEEDS = 10_000  # between those of two sources


@dataclass(frozen=True)
class Shard:
    """A shard as it lies on disk, mapped into memory."""

    audio: NDArray[np.int16]
    targets: NDArray[np.float16]
    letters: NDArray[np.uint8]
    labials: NDArray[np.int32]


def make_shard(number: int, split: Split, source: Source) -> dict[str, NDArray[Any]]:
    """The arrays of a shard, by the names they are saved under."""
    seed = SEED_BASE[split] + SOURCES.index(source) * SOURCE_SEEDS + number
    pieces: list[Clip] = []
    frames = 0
    spans: list[NDArray[np.int32]] = []
    for clip in clips(seed, split, source):
        pieces.append(clip)
        spans.append(clip.labials + frames)
        frames += len(clip.targets)
        if frames >= SHARD_SECONDS * FPS:
            break
    audio = np.concatenate([clip.audio for clip in pieces])
    return {
        "audio": (audio * 32767).round().clip(-32768, 32767).astype(np.int16),
        "labials": np.concatenate(spans),
        "letters": np.concatenate([clip.letters for clip in pieces]),
        "targets": np.concatenate([clip.targets for clip in pieces]),
    }


def write(folder: Path, name: str, arrays: dict[str, NDArray[Any]]) -> None:
    """Save a shard; its targets come last and complete it."""
    for kind, array in arrays.items():
        unfinished = folder / f"{name}.{kind}.unfinished.npy"
        np.save(unfinished, array)
        unfinished.rename(folder / f"{name}.{kind}.npy")


def shards(split: Split, source: str = "*", folder: Path = DATA) -> list[Shard]:
    """Every finished shard of a split, or of one source of it, in order."""
    names = sorted(p.name.split(".")[0] for p in folder.glob(f"{split}-{source}-*.targets.npy"))
    return [
        Shard(
            *(
                np.load(folder / f"{name}.{kind}.npy", mmap_mode="r")
                for kind in Shard.__annotations__
            )
        )
        for name in names
    ]


def missing(
    split: Split, source: Source, hours: float, folder: Path = DATA
) -> list[tuple[int, str]]:
    """Number and name of each shard not made yet."""
    wanted = ((i, f"{split}-{source}-{i:04d}") for i in range(round(hours * 3600 / SHARD_SECONDS)))
    return [(i, name) for i, name in wanted if not (folder / f"{name}.targets.npy").exists()]
