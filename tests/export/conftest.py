"""Fixtures: the golden checkpoint's bytes and tensors, and files made from them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from a2e_export.checkpoint import read_checkpoint
from tests.conftest import CHECKPOINT


@pytest.fixture(scope="module")
def data() -> bytes:
    return CHECKPOINT.read_bytes()


@pytest.fixture
def state() -> dict[str, Tensor]:
    return dict(torch.load(CHECKPOINT, weights_only=True)["state_dict"])


@pytest.fixture
def put(tmp_path: Path):
    def write(content: bytes, name: str = "checkpoint.tar") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


@pytest.fixture(scope="module")
def expected() -> dict[str, Tensor]:
    return read_checkpoint(CHECKPOINT).tensors
