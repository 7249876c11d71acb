"""LAM checkpoints: downloading, unpacking, reading and writing them."""

from __future__ import annotations

from a2e_export.checkpoint.reader import Checkpoint, read_checkpoint
from a2e_export.checkpoint.writer import write_checkpoint

__all__ = ["Checkpoint", "read_checkpoint", "write_checkpoint"]
