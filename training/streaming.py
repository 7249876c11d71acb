"""The network's forward pass as a stream with carried attention sees it, whole clips at a time.

A stream works in blocks of frames (hops). When a block is computed, nothing right of it exists yet,
and what was computed for the past stays as it was then. So, for a frame in a block that ends at e:
attention reaches from e - `WINDOW` to e; the positional convolution and the head's convolutions
find zeros from e on. The modules and weights are those of `Audio2Expression`; only what they may
look at differs.

Shapes: B batch, T frames, D encoder width, K blocks of ``block`` frames.
"""

from __future__ import annotations

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


def forward(model: Audio2Expression, audio: Tensor, style: Tensor, block: int | None) -> Tensor:
    """``audio`` [B, N] and ``style`` [B, S] to weights [B, T, 52], in blocks from frame 0 on.

    Without a block every frame sees every other, as in ``model(audio, style)``.
    """
    return head(model, encode(model, audio, block)[-1], style, block)


def encode(model: Audio2Expression, audio: Tensor, block: int | None) -> list[Tensor]:
    """What the encoder is given and what each of its layers makes of it, all [B, T, D]."""
    steps = features(model.audio_encoder.feature_extractor, audio)
    frames = frames_in(audio.shape[1])
    x = interpolate(steps, step_positions(steps.shape[2], frames)).transpose(1, 2)
    x = model.audio_encoder.feature_projection(x)
    states = [x]
    encoder = model.audio_encoder.encoder
    block = block or frames
    x = F.pad(x, (0, 0, 0, -frames % block))
    mask = visible(frames, x.shape[1], block).to(x.device) if block < frames else None
    x = encoder.layer_norm(x + positional(encoder.pos_conv_embed, x, block))
    for layer in encoder.layers:
        assert isinstance(layer, EncoderLayer)
        x = layer.digest(x, attention(layer.attention, x, mask))
        states.append(x[:, :frames])
    return states


def features(extractor: FeatureExtractor, audio: Tensor) -> Tensor:
    """``extractor(audio)``, [B, N] -> [B, C, T50], with channels last in memory throughout.

    Then norms and convolutions need no copies, and GELU's gradient takes its fast path: on a CPU
    a training step is faster.
    """
    x = audio[:, None, None]
    for layer in extractor.conv_layers:
        assert isinstance(layer, ConvLayer)
        conv = layer.conv
        x = F.conv2d(x, conv.weight[:, :, None], conv.bias, stride=(1, conv.stride[0]))
        norm = layer.layer_norm
        assert isinstance(norm, ChannelNorm)
        last = x.permute(0, 2, 3, 1)
        last = F.layer_norm(last, norm.normalized_shape, norm.weight, norm.bias, norm.eps)
        x = F.gelu(last).permute(0, 3, 1, 2)
    return x[:, :, 0]


def visible(frames: int, padded: int, block: int) -> Tensor:
    """Where a query frame (rows) may attend to a key frame (columns): bool [padded, padded].

    Frames from ``frames`` on only fill the last block.
    """
    frame = torch.arange(padded)
    end = ((frame // block + 1) * block).clamp(max=frames)  # of the query's block
    return (frame[None] < end[:, None]) & (frame[None] >= end[:, None] - WINDOW)


def attention(module: Attention, x: Tensor, mask: Tensor | None) -> Tensor:
    q, k, v = module.project(x)
    mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, scale=1.0)  # q is scaled
    out: Tensor = module.out_proj(mixed.transpose(1, 2).flatten(2))
    return out


def positional(module: PositionalConv, x: Tensor, block: int) -> Tensor:
    """The positional convolution with zeros right of each block, [B, T, D] -> [B, T, D].

    It is the sum of two: the kernel's left part with the present tap, which is causal, and its
    right part, which stays within a block.
    """
    conv = module.conv
    assert conv.bias is not None
    past = conv.kernel_size[0] // 2
    future = conv.kernel_size[0] - past - 1
    y = F.pad(x.transpose(1, 2), (past, 0))
    left = F.conv1d(y, conv.weight[:, :, : past + 1], conv.bias, groups=conv.groups)
    blocks = F.pad(split(x, block).transpose(1, 2)[:, :, 1:], (0, future))
    right = F.conv1d(blocks, conv.weight[:, :, past + 1 :], groups=conv.groups)
    return F.gelu(left.transpose(1, 2) + join(right.transpose(1, 2), len(x)))


def head(model: Audio2Expression, x: Tensor, style: Tensor, block: int | None) -> Tensor:
    """The head on every block and the frames before it that it reaches, -> [B, T, 52]."""
    if block is None:
        return model.head(x, style)
    batch, frames, _ = x.shape
    reach = -(-HEAD_REACH // block) * block
    x = F.pad(model.feature_projection(x), (0, 0, reach, -frames % block))
    pieces = x.unfold(1, reach + block, block).transpose(2, 3)  # [B, K, reach + block, H]
    styles = style.repeat_interleave(pieces.shape[1], dim=0)
    told = model.identity_encoder(pieces.flatten(0, 1), styles)
    weights = torch.sigmoid(model.output_proj(model.decoder(told)[:, reach:]))
    return join(weights, batch)[:, :frames]


def split(x: Tensor, block: int) -> Tensor:
    """[B, T, C] -> [B * K, block, C]"""
    return x.reshape(-1, block, x.shape[2])


def join(x: Tensor, batch: int) -> Tensor:
    """[B * K, block, C] -> [B, T, C]"""
    return x.reshape(batch, -1, x.shape[2])
