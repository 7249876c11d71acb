"""Batches: windows of the data, disturbed, and cut as streams cut them."""

from __future__ import annotations

import numpy as np
import pytest

from training.labels.clips import GRID_FRAMES
from training.labels.shards import Shard
from training.labels.sources import Source
from training.model import batches
from training.model.batches import SHIPPED, samples_of
from training.model.streaming import Blocks


def only(shard: Shard) -> dict[Source, list[Shard]]:
    """Data of one source."""
    return {"synthetic": [shard], "neural": [], "people": []}


def test_a_batch_holds_windows_of_one_place_each(shard: Shard) -> None:
    rng = np.random.default_rng(1)
    kinds = set()
    for _ in range(12):
        made = batches.batch(only(shard), rng)
        size, frames, _ = made.targets.shape
        assert made.heard.shape == (size, samples_of(frames))
        assert made.letters.shape == (size, frames, 2)
        assert made.heard.abs().max() <= 1
        assert (made.style.sum(dim=1) == 1).all()
        number = made.letters[..., 0] + 90 * made.letters[..., 1]
        assert (made.targets[..., 0] * 1024 - number).abs().max() < 0.5
        assert (number.diff(dim=1) == 1).all()
        assert (number[:, 0] % GRID_FRAMES == 0).all()
        kinds.add(made.blocks)
    assert {None, SHIPPED} < kinds


def test_before_a_streams_start_there_are_zeros_that_count_nothing(
    shard: Shard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "START_SHARE", 1.0)
    made = batches.batch(only(shard), np.random.default_rng(2))
    for audio, counted in zip(made.heard, made.counted, strict=True):
        start = int((counted == 0).sum())
        assert start > 0
        assert not counted[:start].any()
        assert counted[start:].all()
        assert not audio[: samples_of(start)].any()
        assert audio[samples_of(start) :].any()


def test_blocks_are_such_as_a_stream_can_have() -> None:
    rng = np.random.default_rng(0)
    drawn = {batches.random_blocks(rng) for _ in range(200)}
    assert all(b.hop % GRID_FRAMES == 0 and b.lookahead % GRID_FRAMES == 0 for b in drawn)
    assert Blocks(3, 0) in drawn
