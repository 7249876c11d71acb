"""Data: clips whose sound, curves and letters belong together, and batches of them."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from training import batches, dataset
from training.batches import SHIPPED, batch, samples_of
from training.dataset import GRID_FRAMES, GRID_SAMPLES, Shard
from training.letters import CLASSES
from training.phones import Phone
from training.streaming import Blocks
from training.targets import STYLES


@pytest.fixture(scope="module")
def made() -> list[dataset.Clip]:
    return list(islice(dataset.clips(3, "train"), 8))


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


def test_clips_are_whole_grid_steps_and_their_parts_agree(made: list[dataset.Clip]) -> None:
    for clip in made:
        assert len(clip.audio) % GRID_SAMPLES == 0
        frames = len(clip.audio) // GRID_SAMPLES * GRID_FRAMES
        assert clip.targets.shape == (frames, len(STYLES), 52)
        assert clip.letters.shape == (frames, 2)
        assert np.abs(clip.audio).max() <= 1
        assert np.all(clip.targets[clip.labials[:, 0].clip(max=frames - 1), 0, :].max(axis=1) > 0)


def test_where_letters_are_silent_the_mouth_comes_to_rest(made: list[dataset.Clip]) -> None:
    silent = [clip.letters == CLASSES.index("") for clip in made]
    resting = np.concatenate(
        [c.targets[s.all(axis=1), 0] for c, s in zip(made, silent, strict=True)]
    )
    moving = np.concatenate(
        [c.targets[~s.any(axis=1), 0] for c, s in zip(made, silent, strict=True)]
    )
    assert np.median(resting, axis=0).max() < 0.05
    assert moving.mean() > 4 * resting.mean()


def test_noise_has_no_letters_and_no_curves() -> None:
    clip = dataset.quiet(np.random.default_rng(0))
    assert np.abs(clip.audio).max() > 0
    assert not clip.targets.any()
    assert not clip.letters.any()


def test_labials_are_given_in_frames() -> None:
    phones = (Phone("a", 0, 0.1), Phone("pʰ", 0.1, 0.2), Phone("", 0.2, 0.3), Phone("m", 0.3, 0.35))
    assert dataset.labials(phones).tolist() == [[3, 6], [9, 10]]
    assert dataset.labials(()).shape == (0, 2)


def test_shards_on_disk_are_complete_ones_and_several_processes_share_the_rest(
    tmp_path: Path, shard: Shard
) -> None:
    arrays = {"audio": shard.audio, "letters": shard.letters, "labials": shard.labials}
    dataset.write(tmp_path, "train-0001", arrays)
    assert not dataset.shards("train", tmp_path)
    dataset.write(tmp_path, "train-0001", {"targets": shard.targets})
    (read,) = dataset.shards("train", tmp_path)
    assert np.array_equal(read.letters, shard.letters)
    assert [i for i, _ in dataset.missing("train", 0.5, tmp_path)] == [0, 2]


def test_a_batch_holds_windows_of_one_place_each(shard: Shard) -> None:
    rng = np.random.default_rng(1)
    kinds = set()
    for _ in range(12):
        made = batch([shard], rng)
        size, frames, _ = made.targets.shape
        assert made.audio.shape == (size, samples_of(frames))
        assert made.letters.shape == (size, frames, 2)
        assert made.audio.abs().max() <= 1
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
    made = batch([shard], np.random.default_rng(2))
    for audio, counted in zip(made.audio, made.counted, strict=True):
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
