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
    shards.write(tmp_path, "train-neural-0001", arrays)
    assert not shards.shards("train", "neural", tmp_path)
    shards.write(tmp_path, "train-neural-0001", {"targets": shard.targets})
    (read,) = shards.shards("train", "neural", tmp_path)
    assert np.array_equal(read.letters, shard.letters)
    assert [i for i, _ in shards.missing("train", "neural", 0.5, tmp_path)] == [0, 2]


def test_a_source_is_read_alone(tmp_path: Path, shard: Shard) -> None:
    for source in ("neural", "people"):
        arrays = {"audio": shard.audio, "letters": shard.letters, "labials": shard.labials}
        shards.write(tmp_path, f"train-{source}-0000", {**arrays, "targets": shard.targets})
    assert len(shards.shards("train", folder=tmp_path)) == 2
    assert len(shards.shards("train", "people", tmp_path)) == 1
    assert not shards.shards("train", "synthetic", tmp_path)
