"""The bundled model's sizes, and its first weights.

The encoder is small where LAM's is large. Its convolutions see what LAM's see, 400 samples every
320, but the first one is a filter bank of 10 ms windows every 5 ms in place of four layers at up to
3,200 steps a second: it costs a third, and learns where those stay at the loudness of the voice.
Layer norm in the extractor makes conv features independent of the window around them.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from a2e_export.network import SAMPLE_RATE, Architecture, Audio2Expression
from training.labels.targets import STYLES

ARCHITECTURE = Architecture(
    conv_dims=(192,) * 5,
    conv_kernels=(160, 1, 2, 1, 2),
    conv_strides=(80, 1, 2, 1, 2),
    conv_norm="layer",
    hidden=192,
    layers=3,
    heads=4,
    intermediate=768,
    position_kernel=32,
    position_groups=16,
    head=64,
    styles=len(STYLES),
    style_features=16,
)
PHASES = 4  # of each band of the initial filter bank
LOWEST, HIGHEST = 80.0, 7500.0  # Hz, of its bands
WIDE_BAND = 1500.0  # Hz, where its filters begin to get shorter
FILTER_GAIN = 2.0  # of a band at 1 kHz


def new_model(seed: int) -> Audio2Expression:
    """An untrained model.

    Its first convolution starts as a bank of band filters, and its outputs start low, as most
    shapes are at rest most of the time. The extractor's norms start with biases: were digital
    silence nought in every layer, the norms' gradients there would multiply to 1e10 and drown all
    others.
    """
    torch.manual_seed(seed)
    model = Audio2Expression(ARCHITECTURE)
    first = model.audio_encoder.feature_extractor.get_parameter("conv_layers.0.conv.weight")
    with torch.no_grad():
        first.copy_(filter_bank(first.shape[0] // PHASES, first.shape[2])[:, None])
        for name, parameter in model.audio_encoder.feature_extractor.named_parameters():
            if name.endswith("layer_norm.bias"):
                parameter.normal_(0, 0.3)
        model.output_proj.bias.fill_(-3.0)
    return model


def filter_bank(bands: int, taps: int) -> Tensor:
    """Windowed waves of mel-spaced frequencies, each in four phases: [bands * 4, taps].

    Rectified by GELU, four phases tell a band's level wherever in its cycle it is sampled.
    """
    mel = torch.linspace(hz_to_mel(LOWEST), hz_to_mel(HIGHEST), bands, dtype=torch.float64)
    hz = 700 * (torch.exp(mel / 1127) - 1)
    length = (taps * (WIDE_BAND / hz) ** 0.5).clamp(max=taps)  # higher bands are wider
    time = torch.arange(taps, dtype=torch.float64) - (taps - 1) / 2
    window = torch.cos(torch.pi * (time / length[:, None]).clamp(-0.5, 0.5)).square()
    window *= (FILTER_GAIN * (hz / 1000).sqrt() / window.square().sum(dim=1).sqrt())[:, None]
    phase = torch.arange(PHASES, dtype=torch.float64) * (2 * torch.pi / PHASES)
    angle = 2 * torch.pi * hz[:, None, None] * time / SAMPLE_RATE + phase[:, None]
    return (window[:, None] * torch.cos(angle)).flatten(0, 1).float()


def hz_to_mel(hz: float) -> float:
    return 1127 * math.log1p(hz / 700)
