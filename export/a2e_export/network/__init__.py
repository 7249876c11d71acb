"""LAM Audio2Expression in plain torch: raw speech in, ARKit weights out.

The network is a wav2vec2 encoder with an interpolation from 50 to 30 steps a second between its
convolutions and its transformer, and a small convolutional head that adds the style. Module and
parameter names are those of the published checkpoint without its ``backbone.`` prefix, so that a
``state_dict`` loads strictly; only the positional convolution's weight norm is already folded.

Shapes: B batch, N samples at 16 kHz, T50 conv steps (20 ms), T frames (1/30 s), S styles.

``a2e_export.network.builder`` makes one from a checkpoint's tensors.
"""

from __future__ import annotations

from a2e_export.network.architecture import FPS, SAMPLE_RATE, Architecture, frames_in
from a2e_export.network.audio2expression import Audio2Expression
from a2e_export.network.encoder import (
    Attention,
    AudioEncoder,
    Encoder,
    EncoderLayer,
    FeatureProjection,
    FeedForward,
    PositionalConv,
)
from a2e_export.network.features import (
    ChannelNorm,
    ConvLayer,
    FeatureExtractor,
    interpolate,
    step_positions,
)
from a2e_export.network.head import HeadBlock, IdentityEncoder, convolve

__all__ = [
    "FPS",
    "SAMPLE_RATE",
    "Architecture",
    "Attention",
    "Audio2Expression",
    "AudioEncoder",
    "ChannelNorm",
    "ConvLayer",
    "Encoder",
    "EncoderLayer",
    "FeatureExtractor",
    "FeatureProjection",
    "FeedForward",
    "HeadBlock",
    "IdentityEncoder",
    "PositionalConv",
    "convolve",
    "frames_in",
    "interpolate",
    "step_positions",
]
