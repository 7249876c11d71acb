"""LAM's head: a small convolutional network that adds the style to the encoder's frames."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from a2e_export.network.architecture import Architecture


class HeadBlock(nn.Module):
    """relu(LayerNorm(conv3(x)) [+ residual]) on [B, T, C]; the head works time-major."""

    def __init__(self, width_in: int, width: int, *, residual: bool) -> None:
        super().__init__()
        self.conv = nn.Conv1d(width_in, width, 3, padding=1)
        self.norm = nn.LayerNorm(width)
        self.residual = residual
        if residual and width_in != width:
            self.residual_layer = nn.Sequential(nn.Conv1d(width_in, width, 3, padding=1))

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm(convolve(self.conv, x))
        if self.residual:
            y = y + (convolve(self.residual_layer, x) if hasattr(self, "residual_layer") else x)
        return F.relu(y)


def convolve(conv: nn.Module, x: Tensor) -> Tensor:
    """A Conv1d over time-major x: [B, T, C] -> [B, T, C']."""
    y: Tensor = conv(x.transpose(1, 2)).transpose(1, 2)
    return y


class FirstNet(nn.Module):
    """Three blocks on speech and style features: [B, T, H + F] -> [B, T, H]."""

    def __init__(self, arch: Architecture) -> None:
        super().__init__()
        widths = (arch.head + arch.style_features, arch.head, arch.head)
        self.conv_layers = nn.Sequential(*(HeadBlock(w, arch.head, residual=True) for w in widths))

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.conv_layers(x)
        return y


class IdentityEncoder(nn.Module):
    """Adds the style to the speech features: ([B, T, H], [B, S]) -> [B, T, H]."""

    def __init__(self, arch: Architecture) -> None:
        super().__init__()
        self.id_mlp = nn.Conv1d(arch.styles, arch.style_features, 1)
        self.first_net = FirstNet(arch)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        style_features = convolve(self.id_mlp, style[:, None]).expand(-1, x.shape[1], -1)
        out: Tensor = self.first_net(torch.cat((x, style_features), dim=2))
        return out
