"""The references: ``recompute`` at every setting, from one pass over a clip's windows."""

from __future__ import annotations

import numpy as np
import torch

from a2e.arrays import Floats
from a2e.spec import GRID
from a2e_export.network import FPS, SAMPLE_RATE, Audio2Expression

BATCH = 8  # windows


@torch.no_grad()
def all_windows(
    network: Audio2Expression, audio: Floats, style: torch.Tensor, window: int
) -> Floats:
    """The network on the window that ends at each 100 ms of the clip: [ends, window, shapes]."""
    step, size = GRID * SAMPLE_RATE // FPS, window * SAMPLE_RATE // FPS
    samples = torch.from_numpy(np.pad(audio, (size - step, 0)))
    windows = samples.unfold(0, size, step)
    parts = [network(part, style.expand(len(part), -1)) for part in torch.split(windows, BATCH)]
    weights: Floats = torch.cat(parts).numpy()
    return weights


def from_windows(windows: Floats, hop: int, lookahead: int) -> Floats:
    """The frames of ``recompute`` at a setting, frame 0 first, [n, shapes]."""
    size = windows.shape[1]
    last = windows[hop // GRID - 1 :: hop // GRID]
    frames = last[:, size - lookahead - hop : size - lookahead]
    flat: Floats = frames.reshape(-1, frames.shape[2])[lookahead:]
    return flat


def full_context(windows: Floats) -> Floats:
    """The frames of a network that sees as much of the future as of the past, [n, shapes]."""
    return from_windows(windows, GRID, right_context(windows.shape[1]))


def right_context(window: int) -> int:
    """Frames to the right of a frame in the middle of a window, a multiple of ``GRID``."""
    return (window - GRID) // 2 // GRID * GRID
