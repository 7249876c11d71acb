"""The whole sliding window at every hop."""

from __future__ import annotations

import torch
from torch import Tensor

from a2e.spec import Spec
from a2e_export.network import Audio2Expression
from a2e_export.streaming.graph import Graph


class Recompute(Graph):
    """Exact, and costly at short hops. Carries the audio of the window that is not new.

    With lookahead, the frames given are those before the last ``lookahead`` ones.
    """

    kind = "recompute"
    conv_products = False

    def __init__(self, network: Audio2Expression, spec: Spec) -> None:
        super().__init__(network, spec)
        self.context_shapes = {"audio": (spec.window_samples - spec.hop_samples,)}

    def forward(self, audio: Tensor, style: Tensor, *context: Tensor) -> tuple[Tensor, ...]:
        (past,) = context
        window = torch.cat((past, audio), dim=1)
        end = self.spec.window - self.spec.lookahead
        weights = self.network(window, style)[:, end - self.spec.hop : end]
        return weights, window[:, self.spec.hop_samples :]
