"""The network's forward pass as a stream with carried attention sees it, whole clips at a time.

A stream works in blocks: a hop of frames to show and a lookahead of frames held back. When a block
is computed, nothing right of it exists yet, and what was computed for the past stays as it was
then; the held-back frames are computed again in the next blocks. So, for a frame of a block that
ends at e: attention reaches from e - `WINDOW` to e, to what past blocks made of the frames they
showed and to what its own block makes of its frames; the positional convolution and the head's
convolutions find zeros from e on. The modules and weights are those of `Audio2Expression`; only
what they may look at differs.

Shapes: B batch, T frames, D encoder width, K blocks of ``hop + lookahead`` = L frames.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from a2e_export.network import (
    Attention,
    Audio2Expression,
    ChannelNorm,
    ConvLayer,
    EncoderLayer,
    FeatureExtractor,
    PositionalConv,
    frames_in,
    interpolate,
    step_positions,
)

WINDOW = 64  # frames of context, the model's window
HEAD_REACH = 6  # frames: six convolutions of width 3
LEAD = 2
"""Frames of the first block before a clip begins. Frames and conv steps meet at the first frame of
clips of 3n + 1 frames, such as a stream's window, where that frame is the third of a block."""


@dataclass(frozen=True)
class Blocks:
    """A stream's cutting of time."""

    hop: int  # frames
    lookahead: int  # frames

    @property
    def length(self) -> int:
        return self.hop + self.lookahead

    def cut(self, x: Tensor) -> Tensor:
        """Every block's frames, zeros where there are none: [B, T, C] -> [B * K, L, C]."""
        count = self.count(x.shape[1])
        missing = (count - 1) * self.hop + self.length - LEAD - x.shape[1]
        pieces = F.pad(x, (0, 0, LEAD, missing)).unfold(1, self.length, self.hop)
        return pieces.transpose(2, 3).flatten(0, 1)

    def shown(self, x: Tensor, frames: int) -> Tensor:
        """The first frames of every block, one after the other: [B * K, L, C] -> [B, T, C]."""
        kept = x[:, : self.hop].reshape(-1, self.count(frames) * self.hop, x.shape[2])
        return kept[:, LEAD : LEAD + frames]

    def count(self, frames: int) -> int:
        return -(-(LEAD + frames) // self.hop)

    def visible(self, frames: int) -> Tensor:
        """Where the frames of all blocks, as queries (rows), may attend to them as keys.

        Bool [K * L, K * L]. Frames outside of the clip only fill its first and last blocks: they
        are seen by themselves alone.
        """
        block = torch.arange(self.count(frames)).repeat_interleave(self.length)
        place = torch.arange(self.length).repeat(self.count(frames))
        frame = block * self.hop + place - LEAD
        end = (block * self.hop + self.length - LEAD).clamp(max=frames)
        own = block[None] == block[:, None]
        past = (block[None] < block[:, None]) & (place < self.hop)[None]
        recent = frame[None] >= end[:, None] - WINDOW
        exists = (frame >= 0) & (frame < frames)
        return (own | past & recent) & exists[None] | torch.eye(len(frame), dtype=torch.bool)


def forward(model: Audio2Expression, audio: Tensor, style: Tensor, blocks: Blocks | None) -> Tensor:
    """``audio`` [B, N] and ``style`` [B, S] to weights [B, T, 52], in blocks from frame 0 on.

    Without blocks every frame sees every other, as in ``model(audio, style)``.
    """
    frames = frames_in(audio.shape[1])
    return head(model, encode(model, audio, blocks)[-1], style, blocks, frames)


def encode(model: Audio2Expression, audio: Tensor, blocks: Blocks | None) -> list[Tensor]:
    """The encoder's input and the output of each of its layers.

    All [B, T, D]; in blocks [B * K, L, D], see `Blocks.shown`.
    """
    return encode_features(model, frame_features(model, audio), blocks)


def frame_features(model: Audio2Expression, audio: Tensor) -> Tensor:
    """What the extractor makes of ``audio`` [B, N], brought to frames: [B, T, C]."""
    steps = features(model.audio_encoder.feature_extractor, audio)
    positions = step_positions(steps.shape[1], frames_in(audio.shape[1]))
    return interpolate(steps.transpose(1, 2), positions).transpose(1, 2)


def encode_features(model: Audio2Expression, x: Tensor, blocks: Blocks | None) -> list[Tensor]:
    """`encode` from the extractor's features [B, T, C] on."""
    frames = x.shape[1]
    x = model.audio_encoder.feature_projection(x)
    encoder = model.audio_encoder.encoder
    position = positional(encoder.pos_conv_embed, x, blocks)
    mask = None
    if blocks is not None:
        x = blocks.cut(x)
        mask = blocks.visible(frames).to(x.device)
    states = [x]
    x = encoder.layer_norm(x + position)
    for layer in encoder.layers:
        assert isinstance(layer, EncoderLayer)
        x = layer.digest(x, attention(layer.attention, x, mask))
        states.append(x)
    return states


def features(extractor: FeatureExtractor, audio: Tensor) -> Tensor:
    """``extractor(audio)`` with time before channels, [B, N] -> [B, T50, C].

    Each convolution is a matrix product with the windows it sees: on a CPU a training step is
    much faster, and norms and GELU need no copies.
    """
    x = audio[:, :, None]
    for layer in extractor.conv_layers:
        assert isinstance(layer, ConvLayer)
        conv, norm = layer.conv, layer.layer_norm
        assert isinstance(norm, ChannelNorm)
        seen = windows(x, conv.kernel_size[0], conv.stride[0])
        x = F.linear(seen, conv.weight.transpose(1, 2).flatten(1), conv.bias)
        x = F.gelu(F.layer_norm(x, norm.normalized_shape, norm.weight, norm.bias, norm.eps))
    return x


def windows(x: Tensor, length: int, stride: int) -> Tensor:
    """[B, T, C] -> [B, T', length * C], without a copy where windows don't overlap."""
    if length != stride:
        return x.unfold(1, length, stride).transpose(2, 3).flatten(2)
    count = x.shape[1] // length
    return x[:, : count * length].reshape(len(x), count, -1)


def attention(module: Attention, x: Tensor, mask: Tensor | None) -> Tensor:
    """[B, T, D] -> [B, T, D]; with a mask [K * L, K * L], over all blocks of a clip."""
    shape = x.shape
    if mask is not None:
        x = x.reshape(-1, len(mask), shape[2])
    q, k, v = module.project(x)
    scores = q @ k.transpose(2, 3)  # q is scaled
    if mask is not None:
        scores = scores.masked_fill(~mask, float("-inf"))
    mixed = scores.softmax(dim=3).to(v.dtype) @ v
    out: Tensor = module.out_proj(mixed.transpose(1, 2).flatten(2))
    return out.reshape(shape)


def positional(module: PositionalConv, x: Tensor, blocks: Blocks | None) -> Tensor:
    """The positional convolution with zeros right of each block: [B, T, D] -> [B * K, L, D].

    It is the sum of two: the kernel's left part with the present tap, which is causal, and its
    right part, which stays within a block.
    """
    if blocks is None:
        y: Tensor = module(x)
        return y
    conv = module.conv
    assert conv.bias is not None
    past = conv.kernel_size[0] // 2
    future = conv.kernel_size[0] - past - 1
    y = F.pad(x.transpose(1, 2), (past, 0))
    left = F.conv1d(y, conv.weight[:, :, : past + 1], conv.bias, groups=conv.groups)
    y = F.pad(blocks.cut(x).transpose(1, 2)[:, :, 1:], (0, future))
    right = F.conv1d(y, conv.weight[:, :, past + 1 :], groups=conv.groups)
    return F.gelu(blocks.cut(left.transpose(1, 2)) + right.transpose(1, 2))


def head(
    model: Audio2Expression, x: Tensor, style: Tensor, blocks: Blocks | None, frames: int
) -> Tensor:
    """The head on every block and the shown frames before it that it reaches, -> [B, T, 52]."""
    if blocks is None:
        return model.head(x, style)
    x = model.feature_projection(x)
    shown = F.pad(blocks.shown(x, frames), (0, 0, HEAD_REACH + LEAD, 0))
    past = shown.unfold(1, HEAD_REACH, blocks.hop)[:, : blocks.count(frames)]
    pieces = torch.cat((past.transpose(2, 3).flatten(0, 1), x), dim=1)
    styled = model.identity_encoder(pieces, style.repeat_interleave(len(x) // len(style), dim=0))
    weights = torch.sigmoid(model.output_proj(model.decoder(styled)[:, HEAD_REACH:]))
    return blocks.shown(weights, frames)
