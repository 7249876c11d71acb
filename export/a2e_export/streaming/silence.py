"""Endless silence in the network: the state that a stream starts in.

Context tensors are zeros at a stream's start, so the difference to this state is carried.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import Tensor

from a2e_export.network import Audio2Expression, EncoderLayer


@dataclass(frozen=True)
class Silence:
    """One frame of endless silence at each place where frames are carried."""

    features: Tensor
    """Conv features, [C]."""
    projected: Tensor
    """Encoder input, [D]."""
    keys: tuple[Tensor, ...]
    """Per layer, [D]."""
    values: tuple[Tensor, ...]
    """Per layer, [D]."""
    encoded: Tensor
    """Encoder output, [D]."""


@torch.no_grad()
def endless_silence(network: Audio2Expression) -> Silence:
    """The network's frame of silence.

    Every frame is alike, so attention gives each its own value back.
    """
    audio_encoder = network.audio_encoder
    zeros = torch.zeros(1, network.arch.receptive_field())
    features = audio_encoder.feature_extractor(zeros)[0, :, 0]
    projected = audio_encoder.feature_projection(features)
    encoder = audio_encoder.encoder
    reach = network.arch.position_kernel
    frames = projected.expand(1, 2 * reach + 1, -1)
    x = encoder.layer_norm(projected + encoder.pos_conv_embed(frames)[0, reach])
    keys, values = [], []
    for layer in encoder.layers:
        assert isinstance(layer, EncoderLayer)
        keys.append(layer.attention.k_proj(x))
        values.append(layer.attention.v_proj(x))
        x = layer.digest(x, layer.attention.out_proj(values[-1]))
    return Silence(features, projected, tuple(keys), tuple(values), x)


@torch.no_grad()
def subtract_silence(network: Audio2Expression, silence: Silence) -> Audio2Expression:
    """A copy of the network in which silence has keys and values of zero, at no cost.

    Shifting all keys alike changes no softmax; a shift of all values is a shift of what attention
    gives, because its weights sum to 1.
    """
    network = deepcopy(network)
    layers = network.audio_encoder.encoder.layers
    for layer, key, value in zip(layers, silence.keys, silence.values, strict=True):
        assert isinstance(layer, EncoderLayer)
        attention = layer.attention
        attention.k_proj.bias.sub_(key)
        attention.v_proj.bias.sub_(value)
        attention.out_proj.bias.add_(attention.out_proj.weight @ value)
    return network
