"""Random checkpoints are seeded, and the command writes them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch

from a2e_export.checkpoint import read_checkpoint
from a2e_export.network.builder import build_network, read_config
from a2e_export.random_checkpoint import SMALL, main, random_network


def test_a_seed_gives_a_network() -> None:
    weights = [random_network(SMALL, seed).output_proj.weight for seed in (1, 1, 2)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_the_command_writes_a_checkpoint_and_its_config(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["random_checkpoint", "small", str(tmp_path / "out")])
    main()
    checkpoint, config = map(Path, capsys.readouterr().out.split())
    network = build_network(read_checkpoint(checkpoint).tensors, read_config(config))
    assert network.arch == SMALL
