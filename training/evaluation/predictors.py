"""Anything that turns speech into curves, behind one function: a checkpoint or a converted file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from a2e_export.checkpoint import read_checkpoint
from a2e_export.network import FPS, SAMPLE_RATE, Audio2Expression, frames_in
from a2e_export.network.builder import build_network, read_config

Floats = NDArray[np.float32]
Predict = Callable[[Floats, int], Floats]
"""(audio [n] mono 16 kHz, style) -> weights [ceil(n * 30 / 16000), 52]"""

WINDOW_FRAMES = 64
WINDOWS_AT_ONCE = 32


def open_predictor(path: Path, hop: int | None, lookahead: int) -> Predict:
    """The model at ``path``.

    An ONNX file streams as it was converted. A checkpoint, whose ``config.json`` lies beside it,
    sees the whole clip, or, where ``hop`` is given, a sliding window of 64 frames whose newest
    ``hop`` frames are kept, ``lookahead`` frames before its end.
    """
    if path.suffix == ".onnx":
        return open_onnx(path)
    network = open_network(path)
    if hop is None:
        return lambda audio, style: whole(network, audio, style)
    return lambda audio, style: windowed(network, audio, style, hop, lookahead)


def open_onnx(path: Path) -> Predict:
    import a2e

    model = a2e.load(path)
    return lambda audio, style: model.animate(audio, SAMPLE_RATE, style=style, post=None).weights


def open_network(path: Path) -> Audio2Expression:
    checkpoint = read_checkpoint(path)
    return build_network(checkpoint.tensors, read_config(path.parent / "config.json")).eval()


@torch.inference_mode()
def run(network: Audio2Expression, audio: Floats, style: int) -> Floats:
    """[B, n] -> [B, T, 52]."""
    styles = torch.eye(network.arch.styles)[style].expand(len(audio), -1)
    weights: Floats = network(torch.from_numpy(audio), styles).numpy()
    return weights


def whole(network: Audio2Expression, audio: Floats, style: int) -> Floats:
    weights: Floats = run(network, audio[None], style)[0]
    return weights


def windowed(
    network: Audio2Expression, audio: Floats, style: int, hop: int, lookahead: int
) -> Floats:
    """The frames of a stream that computes its whole window anew for every ``hop`` frames."""
    frames = frames_in(len(audio))
    window = WINDOW_FRAMES * SAMPLE_RATE // FPS
    ends = [
        (start + hop + lookahead) * SAMPLE_RATE // FPS for start in range(0, frames, hop)
    ]  # of each window, in samples
    padded = np.pad(audio, (window, max(ends[-1] - len(audio), 0)))
    windows = np.stack([padded[end : end + window] for end in ends])
    first = WINDOW_FRAMES - hop - lookahead
    pieces = [
        run(network, windows[i : i + WINDOWS_AT_ONCE], style)[:, first : first + hop]
        for i in range(0, len(windows), WINDOWS_AT_ONCE)
    ]
    weights: Floats = np.concatenate(pieces).reshape(-1, pieces[0].shape[2])[:frames]
    return weights
