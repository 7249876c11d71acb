"""wav2vec2's convolutions, and the interpolation of their steps to frames."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from a2e_export.network.architecture import Architecture

GROUP_NORM_EPS = 1e-5


class ConvLayer(nn.Module):
    """One layer of the feature extractor: Conv1d, norm (where it has one), exact GELU."""

    def __init__(self, arch: Architecture, index: int) -> None:
        super().__init__()
        width_in = arch.conv_dims[index - 1] if index else 1
        width = arch.conv_dims[index]
        self.conv = nn.Conv1d(
            width_in,
            width,
            arch.conv_kernels[index],
            stride=arch.conv_strides[index],
            bias=arch.conv_bias,
        )
        self.layer_norm: nn.Module | None = None
        if arch.conv_norm == "layer":
            self.layer_norm = ChannelNorm(width)
        elif index == 0:
            self.layer_norm = nn.GroupNorm(width, width, eps=GROUP_NORM_EPS)

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, t] -> [B, C', t']."""
        x = self.conv(x)
        if self.layer_norm is not None:
            x = self.layer_norm(x)
        return F.gelu(x)


class ChannelNorm(nn.LayerNorm):
    """LayerNorm over the channels of [B, C, t]."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.transpose(1, 2)).transpose(1, 2)


class FeatureExtractor(nn.Module):
    """The seven strided convolutions: [B, N] -> [B, C, T50]."""

    def __init__(self, arch: Architecture) -> None:
        super().__init__()
        self.conv_layers = nn.ModuleList(ConvLayer(arch, i) for i in range(len(arch.conv_dims)))

    def forward(self, audio: Tensor) -> Tensor:
        x = audio[:, None]
        for layer in self.conv_layers:
            x = layer(x)
        return x


def step_positions(steps: int, frames: int) -> Tensor:
    """Where each frame lies on the grid of conv steps, both ends aligned: float64 [frames]."""
    return torch.arange(frames, dtype=torch.float64) * ((steps - 1) / max(frames - 1, 1))


def interpolate(features: Tensor, positions: Tensor) -> Tensor:
    """Features [B, C, T50] at fractional steps ``positions`` [T], linearly: [B, C, T].

    With :func:`step_positions` this is ``F.interpolate(mode="linear", align_corners=True)``. The
    positions are constants, so a graph holds two gathers and a blend.
    """
    last = features.shape[2] - 1
    left = positions.long().clamp(0, max(last - 1, 0))
    right = (left + 1).clamp(max=last)
    blend = (positions - left).to(features)
    left, right = left.to(features.device), right.to(features.device)
    return torch.lerp(features[:, :, left], features[:, :, right], blend)
