"""Features computed once: what the feature extractor, left as it is, makes of the training data.

Most of a training step is convolutions at up to two hundred steps a second. A network whose
extractor is good already learns more in the same time without it: a shard's sound is disturbed
and put through the extractor `VERSIONS` times, a segment at a time, and windows are cut from the
result. Features lie beside the shards:

    train-neural-0007.features-0.npy    float16 [frames, C]

A segment's windows start on the grid of three frames, where conv steps and frames meet, so that its
features are those of the window (but for the last frame's).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from a2e_export.network import Audio2Expression
from training.folders import DATA
from training.labels import shards as storage
from training.labels.clips import GRID_FRAMES
from training.labels.shards import Shard
from training.labels.sources import SOURCES, Source
from training.labels.targets import STYLES
from training.model import batches, streaming
from training.model.batches import Batch, samples_of

VERSIONS = 2
SEGMENT = 900  # frames that are disturbed alike, a multiple of the grid's
ROWS = 8  # segments at once


@dataclass(frozen=True)
class Frozen:
    """A shard with its features."""

    shard: Shard
    features: tuple[NDArray[np.float16], ...]


def freeze(net: Audio2Expression, folder: Path = DATA) -> dict[Source, list[Frozen]]:
    """Every finished shard of training with its features, made where they are missing."""
    frozen: dict[Source, list[Frozen]] = {}
    for source in SOURCES:
        paths = sorted(folder.glob(f"train-{source}-*.targets.npy"))
        found = storage.shards("train", source, folder)
        frozen[source] = [
            Frozen(shard, tuple(versions(net, shard, path)))
            for shard, path in zip(found, tqdm(paths, f"features of {source}"), strict=True)
        ]
    return frozen


def versions(net: Audio2Expression, shard: Shard, targets: Path) -> list[NDArray[np.float16]]:
    arrays = []
    for version in range(VERSIONS):
        path = targets.with_name(targets.name.replace("targets", f"features-{version}"))
        if not path.exists():
            unfinished = path.with_suffix(".unfinished.npy")
            np.save(unfinished, features(net, shard, np.random.default_rng((version, 7))))
            unfinished.rename(path)
        arrays.append(np.load(path, mmap_mode="r"))
    return arrays


@torch.inference_mode()
def features(net: Audio2Expression, shard: Shard, rng: np.random.Generator) -> NDArray[np.float16]:
    """The features of a shard's whole segments, each disturbed anew: [frames, C]."""
    frames = SEGMENT + 1
    firsts = range(0, len(shard.targets) - frames, SEGMENT)
    pieces = []
    for i in range(0, len(firsts), ROWS):
        rows = [batches.cut(shard, first, frames, 0)[0] for first in firsts[i : i + ROWS]]
        audio = batches.disturb(torch.from_numpy(np.stack(rows)), rng)
        made = streaming.frame_features(net, audio)[:, :SEGMENT]
        pieces.append(made.flatten(0, 1).numpy().astype(np.float16))
    return np.concatenate(pieces)


def batch(
    frozen: Mapping[Source, Sequence[Frozen]], silence: Tensor, rng: np.random.Generator
) -> Batch:
    """A batch like `batches.batch`'s, with features in place of sound.

    ``silence`` [C] are the features of digital silence.
    """
    frames, blocks, size = batches.random_plan(rng)
    styles = rng.choice(len(STYLES), size, p=batches.STYLE_SHARES)
    pieces = []
    for source, style in zip(batches.random_sources(frozen, size, rng), styles, strict=True):
        shard = frozen[source][int(rng.integers(len(frozen[source])))]
        made = shard.features[int(rng.integers(VERSIONS))]
        places = (SEGMENT - frames) // GRID_FRAMES
        first = int(rng.integers(len(made) // SEGMENT)) * SEGMENT
        first += int(rng.integers(places + 1)) * GRID_FRAMES
        span = slice(first, first + frames)
        curves = shard.shard.targets[span, style].astype(np.float32)
        letters = shard.shard.letters[span].astype(np.int64)
        pieces.append((made[span].astype(np.float32), curves, letters))
    inputs, curves, letters = (np.stack(x) for x in zip(*pieces, strict=True))
    heard = torch.from_numpy(inputs)
    counted = batches.hide_starts(heard, silence, frames, int, rng)
    return Batch(
        heard,
        batches.one_hot(styles),
        torch.from_numpy(curves),
        torch.from_numpy(letters),
        counted,
        blocks,
    )


@torch.inference_mode()
def silent_features(net: Audio2Expression) -> Tensor:
    """The features of digital silence: [C]."""
    return streaming.frame_features(net, torch.zeros(1, samples_of(13)))[0, 6].clone()
