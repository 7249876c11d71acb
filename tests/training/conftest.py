"""Data for the recipe's tests. Nets in them are tiny: several threads would wait for each other."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from training.labels.clips import GRID_FRAMES, GRID_SAMPLES
from training.labels.shards import Shard
from training.labels.targets import STYLES

torch.set_num_threads(1)


@pytest.fixture
def shard() -> Shard:
    """Twenty seconds; curves and letters tell the number of their frame."""
    frames = 600
    numbers = np.arange(frames)
    rng = np.random.default_rng(0)
    return Shard(
        rng.integers(-9_000, 9_000, frames * GRID_SAMPLES // GRID_FRAMES, np.int16),
        np.broadcast_to((numbers / 1024)[:, None, None], (frames, len(STYLES), 52)).astype("f2"),
        np.stack((numbers % 90, numbers // 90), axis=1).astype(np.uint8),
        np.empty((0, 2), np.int32),
    )
