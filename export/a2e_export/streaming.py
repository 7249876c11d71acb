"""The torch network behind the streaming contract: state in, state out.

A graph takes ``audio`` [B, hop_samples], ``style`` [B, styles] and its context, and gives
``weights`` [B, hop, shapes] and the next context. Each kind owns its initial context and its
example inputs, so that exporter, verifier and tests need no knowledge of it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from a2e.spec import Spec
from a2e_export.network import Audio2Expression


class Recompute(nn.Module):
    """Runs the network on the whole sliding window at every hop: exact, and costly at short hops.

    The context is the audio of the window that is not new. With lookahead, the frames given are
    those before the last ``lookahead`` ones.
    """

    kind = "recompute"
    context_names = ("audio",)

    def __init__(self, network: Audio2Expression, spec: Spec) -> None:
        super().__init__()
        self.network = network
        self.spec = spec
        self.past_samples = spec.window_samples - spec.hop_samples

    def forward(self, audio: Tensor, style: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        heard = torch.cat((past, audio), dim=1)
        weights = self.network(heard, style)
        end = self.spec.window - self.spec.lookahead
        return weights[:, end - self.spec.hop : end], heard[:, self.spec.hop_samples :]

    def initial_context(self, batch: int = 1) -> tuple[Tensor, ...]:
        """The context at a stream's start: silence."""
        return (torch.zeros(batch, self.past_samples),)

    def example_inputs(self, batch: int = 2, seed: int = 0) -> tuple[Tensor, ...]:
        """Noise, random styles and a context in mid-stream, all of ``batch`` streams."""
        generator = torch.Generator().manual_seed(seed)
        audio = torch.rand(batch, self.spec.hop_samples, generator=generator) - 0.5
        styles = torch.rand(batch, len(self.spec.styles), generator=generator)
        past = torch.rand(batch, self.past_samples, generator=generator) - 0.5
        return audio, styles / styles.sum(dim=1, keepdim=True), past
