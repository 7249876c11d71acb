"""Shards: complete ones are read, the others are missing."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from training.labels import shards
from training.labels.shards import Shard


def test_shards_on_disk_are_complete_ones_and_several_processes_share_the_rest(
    tmp_path: Path, shard: Shard
) -> None:
    arrays = {"audio": shard.audio, "letters": shard.letters, "labials": shard.labials}
    shards.write(tmp_path, "train-0001", arrays)
    assert not shards.shards("train", tmp_path)
    shards.write(tmp_path, "train-0001", {"targets": shard.targets})
    (read,) = shards.shards("train", tmp_path)
    assert np.array_equal(read.letters, shard.letters)
    assert [i for i, _ in shards.missing("train", 0.5, tmp_path)] == [0, 2]
