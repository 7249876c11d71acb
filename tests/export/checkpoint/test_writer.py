"""Written checkpoints are LAM's: they are read back as they were."""

from __future__ import annotations

from pathlib import Path

import torch

from a2e_export.checkpoint import read_checkpoint, write_checkpoint
from a2e_export.network.builder import build_network, read_config
from a2e_export.random_checkpoint import SMALL, random_network


def test_the_random_checkpoint_makes_the_round_trip(tmp_path: Path) -> None:
    network = random_network(SMALL, seed=3)
    checkpoint, config = write_checkpoint(
        network.state_dict(), network.arch, tmp_path / "new" / "face.pth"
    )
    again = build_network(read_checkpoint(checkpoint).tensors, read_config(config))
    assert again.arch == SMALL
    for name, tensor in network.state_dict().items():
        torch.testing.assert_close(again.state_dict()[name], tensor)
