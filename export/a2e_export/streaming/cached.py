"""New frames only: everything older is carried as it was when it was new."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from a2e.spec import Spec
from a2e_export.network import Audio2Expression, EncoderLayer
from a2e_export.streaming.features import BlockFeatures, Grid
from a2e_export.streaming.graph import Graph
from a2e_export.streaming.silence import endless_silence, subtract_silence


class Cached(Graph):
    """Carries projected features, keys and values of the window's past, and encoder frames.

    A call computes the block of ``hop + lookahead`` newest frames and gives the first ``hop`` of
    them; the held-back ones are computed afresh by the next call. The block sees the same window
    as in ``recompute``. The approximations: past frames' keys, values and encoder frames don't know
    what came after their block; with group norm, past features keep the statistics of their time.
    """

    kind = "cached"

    def __init__(self, network: Audio2Expression, spec: Spec) -> None:
        silence = endless_silence(network)
        super().__init__(subtract_silence(network, silence), spec)
        arch = network.arch
        self.features = BlockFeatures(self.network, spec)
        self.past = self.features.grid.past
        self.reach = head_reach(network)
        self.projected_silence = silence.projected
        self.encoded_silence = silence.encoded
        heads = (arch.heads, self.past, arch.hidden // arch.heads)
        self.position = BlockPosition(network, self.features.grid)
        self.context_shapes = {
            **self.features.context_shapes,
            "projected": (self.past, arch.hidden),
            "encoded": (self.reach, arch.hidden),
            **{f"{name}.{i}": heads for i in range(arch.layers) for name in ("keys", "values")},
        }

    def layers(self) -> list[EncoderLayer]:
        layers = self.network.audio_encoder.encoder.layers
        return [layer for layer in layers if isinstance(layer, EncoderLayer)]

    def forward(self, audio: Tensor, style: Tensor, *context: Tensor) -> tuple[Tensor, ...]:
        count = len(self.features.context_shapes)
        past_projected, past_encoded, *past_keys_values = context[count:]
        block, *next_context = self.features(audio, *context[:count])
        x, projected = self.embed(block, past_projected)
        x, keys_values = self.encode(x, past_keys_values)
        weights, encoded = self.decode(x, style, past_encoded)
        return weights, *next_context, projected, encoded, *keys_values

    def embed(self, block: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        """Features [B, block, C] -> encoder input [B, block, D] and the next projected past."""
        encoder = self.network.audio_encoder
        projected = encoder.feature_projection(block)
        window = torch.cat((past + self.projected_silence, projected), dim=1)
        x = encoder.encoder.layer_norm(projected + self.position(window))
        return x, self.keep(past, projected - self.projected_silence)

    def encode(self, x: Tensor, past: Sequence[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """[B, block, D] -> encoder frames [B, block, D] and the next keys and values."""
        next_past = []
        for layer, past_k, past_v in zip(self.layers(), past[::2], past[1::2], strict=True):
            q, k, v = layer.attention.project(x)
            k, v = torch.cat((past_k, k), dim=2), torch.cat((past_v, v), dim=2)
            x = layer.digest(x, layer.attention.attend(q, k, v))
            next_past += [frames.narrow(2, self.spec.hop, self.past) for frames in (k, v)]
        return x, next_past

    def decode(self, x: Tensor, style: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        """Encoder frames -> weights [B, hop, shapes] and the next encoder past."""
        frames = torch.cat((past + self.encoded_silence, x), dim=1)
        weights = self.network.head(frames, style)[:, self.reach : self.reach + self.spec.hop]
        return weights, self.keep(past, x - self.encoded_silence)

    def keep(self, past: Tensor, block: Tensor) -> Tensor:
        """The past as the next call wants it: the block's first ``hop`` frames are past then."""
        frames = torch.cat((past, block[:, : self.spec.hop]), dim=1)
        return frames[:, self.spec.hop :]


class BlockPosition(nn.Module):
    """The positional convolution of a window's block: [B, window, D] -> [B, block, D].

    As in the whole window, zeros stand on both sides of it. Taps that could only see those on the
    right are cut off the kernel: half of it, for short blocks.
    """

    def __init__(self, network: Audio2Expression, grid: Grid) -> None:
        super().__init__()
        conv = network.audio_encoder.encoder.pos_conv_embed.conv
        kernel = conv.kernel_size[0]
        left = kernel // 2
        taps = min(kernel, left + grid.block)
        self.needed = min(grid.past, left) + grid.block  # frames of the window
        self.zeros = (left + grid.block - self.needed, min(kernel - left, grid.block) - 1)
        self.groups = conv.groups
        self.weight = nn.Parameter(conv.weight[:, :, :taps].clone())
        self.bias = conv.bias

    def forward(self, window: Tensor) -> Tensor:
        x = F.pad(window[:, -self.needed :].transpose(1, 2), self.zeros)
        return F.gelu(F.conv1d(x, self.weight, self.bias, groups=self.groups)).transpose(1, 2)


def head_reach(network: Audio2Expression) -> int:
    """Frames to each side that a frame's weights depend on: one for each convolution of width 3."""
    decoder = network.decoder[0]
    assert isinstance(decoder, torch.nn.Sequential)
    return len(network.identity_encoder.first_net.conv_layers) + len(decoder)
