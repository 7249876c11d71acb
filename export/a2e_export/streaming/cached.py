"""New frames only: everything older is carried as it was when it was new."""

from __future__ import annotations

from copy import deepcopy

import torch
from torch import Tensor
from torch.nn import functional as F

from a2e.spec import Spec
from a2e_export.network import Audio2Expression, EncoderLayer, PositionalConv
from a2e_export.streaming.base import Graph
from a2e_export.streaming.features import BlockFeatures
from a2e_export.streaming.silence import endless_silence, rest_at_zero


class Cached(Graph):
    """Carries projected features, keys and values of the window's past, and encoder frames.

    A call computes the block of ``hop + lookahead`` newest frames and gives the first ``hop`` of
    them; the held-back ones are computed afresh by the next call. The block sees the same window
    as in ``recompute``. The approximations: past frames' keys, values and encoder frames don't know
    what came after their block; with group norm, past features keep the statistics of their time.
    """

    kind = "cached"

    def __init__(self, network: Audio2Expression, spec: Spec) -> None:
        super().__init__(deepcopy(network), spec)
        arch = network.arch
        silence = endless_silence(network)
        self.features = BlockFeatures(self.network, spec)
        self.past = self.features.grid.past
        self.reach = head_reach(network)
        self.projected_silence = silence.projected
        self.encoded_silence = silence.encoded
        for layer, key, value in zip(self.layers(), silence.keys, silence.values, strict=True):
            rest_at_zero(layer.attention, key, value)
        heads = (arch.heads, self.past, arch.hidden // arch.heads)
        self.context_shapes = {
            **self.features.context_shapes,
            "projected": (self.past, arch.hidden),
            "keys_values": (arch.layers, 2, *heads),
            "encoded": (self.reach, arch.hidden),
        }

    def layers(self) -> list[EncoderLayer]:
        layers = self.network.audio_encoder.encoder.layers
        return [layer for layer in layers if isinstance(layer, EncoderLayer)]

    def forward(self, audio: Tensor, style: Tensor, *context: Tensor) -> tuple[Tensor, ...]:
        *feature_context, past_projected, past_keys_values, past_encoded = context
        block, *next_context = self.features(audio, *feature_context)
        x, projected = self.embed(block, past_projected)
        x, keys_values = self.encode(x, past_keys_values)
        weights, encoded = self.express(x, style, past_encoded)
        return weights, *next_context, projected, keys_values, encoded

    def embed(self, block: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        """Features [B, block, C] -> encoder input [B, block, D] and the next projected past."""
        encoder = self.network.audio_encoder
        projected = encoder.feature_projection(block)
        window = torch.cat((past + self.projected_silence, projected), dim=1)
        position = position_of_last(encoder.encoder.pos_conv_embed, window, block.shape[1])
        x = encoder.encoder.layer_norm(projected + position)
        return x, self.keep(past, projected - self.projected_silence)

    def encode(self, x: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        """[B, block, D] -> encoder frames [B, block, D] and the next keys and values."""
        kept = []
        for index, layer in enumerate(self.layers()):
            q, k, v = layer.attention.project(x)
            past_k, past_v = past[:, index, 0], past[:, index, 1]
            all_k, all_v = torch.cat((past_k, k), dim=2), torch.cat((past_v, v), dim=2)
            x = layer.digest(x, layer.attention.attend(q, all_k, all_v))
            kept.append(torch.stack((self.keep(past_k, k, 2), self.keep(past_v, v, 2)), dim=1))
        return x, torch.stack(kept, dim=1)

    def express(self, x: Tensor, style: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        """Encoder frames -> weights [B, hop, shapes] and the next encoder past."""
        known = torch.cat((past + self.encoded_silence, x), dim=1)
        weights = self.network.head(known, style)[:, self.reach : self.reach + self.spec.hop]
        return weights, self.keep(past, x - self.encoded_silence)

    def keep(self, past: Tensor, block: Tensor, dim: int = 1) -> Tensor:
        """The past as the next call wants it: the block's first ``hop`` frames are past then."""
        known = torch.cat((past, block.narrow(dim, 0, self.spec.hop)), dim=dim)
        return known.narrow(dim, self.spec.hop, past.shape[dim])


def position_of_last(module: PositionalConv, window: Tensor, frames: int) -> Tensor:
    """The positional convolution of a window's last ``frames`` frames: [B, W, D] -> [B, frames, D].

    As in the whole window, zeros stand on both sides of it.
    """
    conv = module.conv
    kernel = conv.kernel_size[0]
    left = kernel // 2
    lacking = max(0, left + frames - window.shape[1])
    x = F.pad(window.transpose(1, 2), (lacking, kernel - left - 1))
    x = x[:, :, -(frames + kernel - 1) :]
    return F.gelu(F.conv1d(x, conv.weight, conv.bias, groups=conv.groups)).transpose(1, 2)


def head_reach(network: Audio2Expression) -> int:
    """Frames to each side that a frame's weights depend on: one for each convolution of width 3."""
    decoder = network.decoder[0]
    assert isinstance(decoder, torch.nn.Sequential)
    return len(network.identity_encoder.first_net.conv_layers) + len(decoder)
