"""Conv features of a stream's newest frames, from new audio and a short tail.

The newest frames' features equal those of the whole window to rounding: convolutions see the same
samples, and where layer 0 is normed over time (``feat_extract_norm="group"``), its statistics are
those of the window, kept as sums.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from a2e.spec import GRID, Spec
from a2e_export.errors import ArchitectureError
from a2e_export.network import (
    Architecture,
    Audio2Expression,
    ConvLayer,
    interpolate,
    step_positions,
)


@dataclass(frozen=True)
class Grid:
    """Where a block, the newest ``hop + lookahead`` frames, lies in the window's grids."""

    block: int
    """Frames of a block."""
    past: int
    """Frames of the window before the block."""
    steps: int
    """Conv steps that the block's frames need."""
    tail: int
    """Samples before the block that its conv steps need."""
    positions: Tensor
    """Where the block's frames lie on its own conv steps, float64 [block]."""

    @classmethod
    def of(cls, arch: Architecture, spec: Spec) -> Grid:
        """Raises :class:`ArchitectureError` where sample, step and frame grids don't meet."""
        stride = math.prod(arch.conv_strides)
        window_steps = arch.conv_steps(spec.window_samples)
        block = spec.hop + spec.lookahead
        if spec.samples(GRID) % stride or (window_steps - 1) * stride != spec.samples(
            spec.window - 1
        ):
            raise ArchitectureError(
                f"kinds other than recompute need conv steps that meet the frames: a window of "
                f"3n + 1 frames (such as 64) and strides whose product divides "
                f"{spec.samples(GRID)}; got a window of {spec.window} and a product of {stride}"
            )
        steps = spec.samples(block) // stride
        return cls(
            block=block,
            past=spec.window - block,
            steps=steps,
            tail=spec.window_samples - spec.samples(block) - (window_steps - steps) * stride,
            positions=step_positions(window_steps, spec.window)[-block:] - (window_steps - steps),
        )


class BlockFeatures(nn.Module):
    """``forward(audio, *context) -> (features [B, block, C], *next_context)``.

    Carries the audio before the new hop that the block needs, and the norm's sums.
    """

    def __init__(self, network: Audio2Expression, spec: Spec) -> None:
        super().__init__()
        self.layers = network.audio_encoder.feature_extractor.conv_layers
        self.grid = Grid.of(network.arch, spec)
        self.norm = WindowNorm(network.arch, spec) if network.arch.conv_norm == "group" else None
        self.context_shapes: dict[str, tuple[int, ...]] = {
            "audio": (self.grid.tail + spec.samples(spec.lookahead),)
        }
        if self.norm is not None:
            self.context_shapes["sums"] = self.norm.context_shape

    def forward(self, audio: Tensor, *context: Tensor) -> tuple[Tensor, ...]:
        samples = torch.cat((context[0], audio), dim=1)
        next_context = [samples[:, audio.shape[1] :]]
        first, *rest = self.layers
        assert isinstance(first, ConvLayer)
        x = samples[:, None]
        if self.norm is None:
            x = first(x)
        else:
            x, sums = self.norm(first, x, context[1])
            next_context.append(sums)
        for layer in rest:
            x = layer(x)
        frames = interpolate(x[:, :, : self.grid.steps], self.grid.positions)
        return frames.transpose(1, 2), *next_context


class WindowNorm(nn.Module):
    """Layer 0 with the statistics of the whole window, from sums over units of 100 ms.

    The window begins inside a unit, so each unit keeps the sum of all its steps and of its last
    ``rest`` ones, of values and of squares: the context is [units - new units, 4, C].
    """

    def __init__(self, arch: Architecture, spec: Spec) -> None:
        super().__init__()
        kernel, stride = arch.conv_kernels[0], arch.conv_strides[0]
        self.unit = spec.samples(GRID) // stride
        self.new_units = spec.hop // GRID
        self.count = (spec.window_samples - kernel) // stride + 1
        self.rest = self.count % self.unit
        self.context_shape = (self.count // self.unit + 1 - self.new_units, 4, arch.conv_dims[0])

    def forward(self, layer: ConvLayer, audio: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        """[B, 1, N] and past sums -> layer 0's output [B, C, t] and the next sums."""
        norm = layer.layer_norm
        assert isinstance(norm, nn.GroupNorm)
        x = layer.conv(audio)
        units = torch.cat((past, self.sums(x[:, :, -self.new_units * self.unit :])), dim=1)
        total, squares = (units[:, 0, 2:] + units[:, 1:, :2].sum(dim=1)).unbind(1)  # [B, C] each
        mean = total / self.count
        variance = squares / self.count - mean * mean
        scale = norm.weight * torch.rsqrt(variance + norm.eps)
        shift = norm.bias - mean * scale
        return F.gelu(x * scale[:, :, None] + shift[:, :, None]), units[:, self.new_units :]

    def sums(self, x: Tensor) -> Tensor:
        """[B, C, units * unit] -> [B, units, 4, C]: sum, squares, and both of the last ``rest``."""
        x = x.unflatten(2, (self.new_units, self.unit))  # type: ignore[no-untyped-call]
        last = x[..., self.unit - self.rest :]
        parts = (x.sum(3), (x * x).sum(3), last.sum(3), (last * last).sum(3))
        return torch.stack(parts, dim=1).permute(0, 3, 1, 2)
