"""Conv features carried, the encoder on the whole window."""

from __future__ import annotations

import torch
from torch import Tensor

from a2e.spec import Spec
from a2e_export.network import Audio2Expression
from a2e_export.streaming.features import BlockFeatures
from a2e_export.streaming.graph import Graph
from a2e_export.streaming.silence import endless_silence


class Hybrid(Graph):
    """Carries the features of the window's frames before the newest block.

    With layer norm in the feature extractor this equals ``recompute``. With group norm, features
    keep the window's statistics of the time when they were new: the one approximation here.
    """

    kind = "hybrid"

    def __init__(self, network: Audio2Expression, spec: Spec) -> None:
        super().__init__(network, spec)
        self.features = BlockFeatures(network, spec)
        self.past = self.features.grid.past
        self.silence = endless_silence(network).features
        self.context_shapes = {
            **self.features.context_shapes,
            "features": (self.past, network.arch.conv_dims[-1]),
        }

    def forward(self, audio: Tensor, style: Tensor, *context: Tensor) -> tuple[Tensor, ...]:
        *feature_context, past = context
        block, *next_context = self.features(audio, *feature_context)
        window = torch.cat((past + self.silence, block), dim=1)
        encoder = self.network.audio_encoder
        encoded = encoder.encoder(encoder.feature_projection(window))
        weights = self.network.head(encoded, style)[:, self.past : self.past + self.spec.hop]
        next_past = window[:, self.spec.hop : self.spec.hop + self.past] - self.silence
        return weights, *next_context, next_past
