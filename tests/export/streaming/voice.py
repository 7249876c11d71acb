"""A voice for graphs, and the settings that they are tried at."""

from __future__ import annotations

import torch
from torch import Tensor

SETTINGS = [(3, 0), (3, 6), (9, 3), (30, 0), (30, 9), (60, 3)]
"""Hop and lookahead, frames."""
SECONDS = 6


def voice(seconds: float = SECONDS) -> Tensor:
    """Noise in bursts, after a moment of silence."""
    generator = torch.Generator().manual_seed(1)
    samples = int(seconds * 16_000)
    bursts = (torch.rand(samples // 1_600 + 1, generator=generator) > 0.3).repeat_interleave(1_600)
    audio = (torch.rand(samples, generator=generator) - 0.5) * bursts[:samples]
    audio[:4_000] = 0
    return audio
