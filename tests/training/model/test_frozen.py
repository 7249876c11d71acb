"""Frozen features: those that the extractor gives windows of the data."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from training.labels.shards import Shard
from training.model import batches, frozen, network, streaming
from training.model.frozen import Frozen


@pytest.fixture
def calm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is disturbed; a segment is short."""
    monkeypatch.setattr(batches, "disturb", lambda audio, rng: audio)
    monkeypatch.setattr(frozen, "SEGMENT", 180)


@pytest.mark.usefixtures("calm")
def test_windows_of_features_are_the_features_of_windows(shard: Shard) -> None:
    net = network.new_model(0).eval()
    made = frozen.features(net, shard, np.random.default_rng(0))
    assert len(made) == 3 * 180
    for first in (0, 33, 183, 300):
        audio, _ = batches.cut(shard, first, 64, 0)
        with torch.no_grad():
            alone = streaming.frame_features(net, torch.from_numpy(audio[None]))[0].numpy()
        np.testing.assert_allclose(made[first : first + 63], alone[:63], atol=0.02)


@pytest.mark.usefixtures("calm")
def test_batches_hold_features_and_curves_of_one_place(
    shard: Shard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frozen, "VERSIONS", 1)
    numbers = np.arange(540, dtype=np.float16)[:, None] * np.ones((1, 8), np.float16)
    shards = {"synthetic": [Frozen(shard, (numbers / 1024,))], "neural": [], "people": []}
    rng = np.random.default_rng(3)
    for _ in range(8):
        batch = frozen.batch(shards, torch.full((8,), -1.0), rng)
        spoken = batch.counted[..., None] > 0
        same = (batch.heard[..., :1] - batch.targets[..., :1]).abs()
        assert (same * spoken).max() == 0
        assert (batch.heard[(~spoken)[..., 0]] == -1).all()


def test_silence_has_features_of_its_own() -> None:
    net = network.new_model(0).eval()
    silence = frozen.silent_features(net)
    steps = streaming.frame_features(net, torch.zeros(1, batches.samples_of(40)))
    torch.testing.assert_close(steps[0, 20], silence)
