"""The whole network: raw speech and a style in, ARKit weights out."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from a2e_export.network.architecture import Architecture
from a2e_export.network.encoder import AudioEncoder
from a2e_export.network.head import HeadBlock, IdentityEncoder


class Audio2Expression(nn.Module):
    """The whole network: ``(audio [B, N], style [B, S]) -> weights [B, T, 52]`` in 0..1.

    ``audio`` is raw speech in [-1, 1] at 16 kHz; ``style`` is one-hot or a blend that sums to 1;
    T is ``frames_in(N)``.
    """

    def __init__(self, arch: Architecture) -> None:
        super().__init__()
        self.arch = arch
        self.audio_encoder = AudioEncoder(arch)
        self.feature_projection = nn.Linear(arch.hidden, arch.head)
        self.identity_encoder = IdentityEncoder(arch)
        self.decoder = nn.Sequential(
            nn.Sequential(*(HeadBlock(arch.head, arch.head, residual=False) for _ in range(3)))
        )
        self.output_proj = nn.Linear(arch.head, arch.shapes)

    def forward(self, audio: Tensor, style: Tensor) -> Tensor:
        return self.head(self.audio_encoder(audio), style)

    def head(self, encoded: Tensor, style: Tensor) -> Tensor:
        """Encoder frames [B, T, D] and style [B, S] -> weights [B, T, 52]."""
        x = self.identity_encoder(self.feature_projection(encoded), style)
        return torch.sigmoid(self.output_proj(self.decoder(x)))
