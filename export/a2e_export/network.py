"""LAM Audio2Expression in plain torch: raw speech in, ARKit weights out.

The network is a wav2vec2 encoder with an interpolation from 50 to 30 steps a second between its
convolutions and its transformer, and a small convolutional head that is told the style. Module and
parameter names are those of the published checkpoint without its ``backbone.`` prefix, so that a
``state_dict`` loads strictly; only the positional convolution's weight norm is already folded.

Shapes: B batch, N samples at 16 kHz, T50 conv steps (20 ms), T frames (1/30 s), S styles.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SAMPLE_RATE = 16_000  # Hz
FPS = 30  # frames a second
GROUP_NORM_EPS = 1e-5


@dataclass(frozen=True)
class Architecture:
    """Every size of the network; the defaults are those of the published LAM checkpoint."""

    conv_dims: tuple[int, ...] = (512,) * 7
    conv_kernels: tuple[int, ...] = (10, 3, 3, 3, 3, 2, 2)
    conv_strides: tuple[int, ...] = (5, 2, 2, 2, 2, 2, 2)
    conv_bias: bool = False
    conv_norm: Literal["group", "layer"] = "group"
    hidden: int = 768
    layers: int = 12
    heads: int = 12
    intermediate: int = 3072
    position_kernel: int = 128
    position_groups: int = 16
    layer_norm_eps: float = 1e-5
    head: int = 512
    styles: int = 12
    style_features: int = 64
    shapes: int = 52

    def conv_steps(self, samples: int) -> int:
        """Number of conv steps T50 that ``samples`` samples give."""
        for kernel, stride in zip(self.conv_kernels, self.conv_strides, strict=True):
            samples = (samples - kernel) // stride + 1
        return samples

    def receptive_field(self) -> int:
        """Samples that one conv step sees."""
        samples = 1
        for kernel, stride in zip(self.conv_kernels[::-1], self.conv_strides[::-1], strict=True):
            samples = (samples - 1) * stride + kernel
        return samples


def frames_in(samples: int) -> int:
    """Frames that show ``samples`` samples at 16 kHz: ceil(samples * 30 / 16000)."""
    return -(-samples * FPS // SAMPLE_RATE)


class ConvLayer(nn.Module):
    """One layer of the feature extractor: Conv1d, norm (where it has one), exact GELU."""

    def __init__(self, arch: Architecture, index: int) -> None:
        super().__init__()
        width_in = arch.conv_dims[index - 1] if index else 1
        width = arch.conv_dims[index]
        self.conv = nn.Conv1d(
            width_in,
            width,
            arch.conv_kernels[index],
            stride=arch.conv_strides[index],
            bias=arch.conv_bias,
        )
        self.layer_norm: nn.Module | None = None
        if arch.conv_norm == "layer":
            self.layer_norm = ChannelNorm(width)
        elif index == 0:
            self.layer_norm = nn.GroupNorm(width, width, eps=GROUP_NORM_EPS)

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, t] -> [B, C', t']."""
        x = self.conv(x)
        if self.layer_norm is not None:
            x = self.layer_norm(x)
        return F.gelu(x)


class ChannelNorm(nn.LayerNorm):
    """LayerNorm over the channels of [B, C, t]."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.transpose(1, 2)).transpose(1, 2)


class FeatureExtractor(nn.Module):
    """The seven strided convolutions: [B, N] -> [B, C, T50]."""

    def __init__(self, arch: Architecture) -> None:
        super().__init__()
        self.conv_layers = nn.ModuleList(ConvLayer(arch, i) for i in range(len(arch.conv_dims)))

    def forward(self, audio: Tensor) -> Tensor:
        x = audio[:, None]
        for layer in self.conv_layers:
            x = layer(x)
        return x


def step_positions(steps: int, frames: int) -> Tensor:
    """Where each frame lies on the grid of conv steps, both ends aligned: float64 [frames]."""
    return torch.arange(frames, dtype=torch.float64) * ((steps - 1) / max(frames - 1, 1))


def interpolate(features: Tensor, positions: Tensor) -> Tensor:
    """Features [B, C, T50] at fractional steps ``positions`` [T], linearly: [B, C, T].

    With :func:`step_positions` this is ``F.interpolate(mode="linear", align_corners=True)``. The
    positions are constants, so a graph holds two gathers and a blend.
    """
    last = features.shape[2] - 1
    left = positions.long().clamp(0, max(last - 1, 0))
    right = (left + 1).clamp(max=last)
    blend = (positions - left).to(features)
    left, right = left.to(features.device), right.to(features.device)
    return torch.lerp(features[:, :, left], features[:, :, right], blend)


class FeatureProjection(nn.Module):
    """LayerNorm and Linear from conv channels to the encoder's width: [B, T, C] -> [B, T, D]."""

    def __init__(self, arch: Architecture) -> None:
        super().__init__()
        self.layer_norm = nn.LayerNorm(arch.conv_dims[-1], eps=arch.layer_norm_eps)
        self.projection = nn.Linear(arch.conv_dims[-1], arch.hidden)

    def forward(self, x: Tensor) -> Tensor:
        projected: Tensor = self.projection(self.layer_norm(x))
        return projected


class PositionalConv(nn.Module):
    """wav2vec2's relative position: a wide grouped convolution and GELU, [B, T, D] -> [B, T, D]."""

    def __init__(self, arch: Architecture) -> None:
        super().__init__()
        self.conv = nn.Conv1d(
            arch.hidden,
            arch.hidden,
            arch.position_kernel,
            padding=arch.position_kernel // 2,
            groups=arch.position_groups,
        )
        self.surplus = 1 - arch.position_kernel % 2  # an even kernel gives one step too many

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.conv(x.transpose(1, 2))
        y = y[:, :, : y.shape[2] - self.surplus]
        return F.gelu(y).transpose(1, 2)


class Attention(nn.Module):
    """Full bidirectional multi-head attention, [B, T, D] -> [B, T, D]."""

    def __init__(self, arch: Architecture) -> None:
        super().__init__()
        self.heads = arch.heads
        self.scale = (arch.hidden // arch.heads) ** -0.5
        self.q_proj = nn.Linear(arch.hidden, arch.hidden)
        self.k_proj = nn.Linear(arch.hidden, arch.hidden)
        self.v_proj = nn.Linear(arch.hidden, arch.hidden)
        self.out_proj = nn.Linear(arch.hidden, arch.hidden)

    def split(self, x: Tensor) -> Tensor:
        """[B, T, D] -> [B, heads, T, D / heads]."""
        return x.reshape(*x.shape[:2], self.heads, -1).transpose(1, 2)

    def project(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values of x, each [B, heads, T, D / heads]."""
        q = self.split(self.q_proj(x) * self.scale)
        return q, self.split(self.k_proj(x)), self.split(self.v_proj(x))

    def attend(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """What the queries make of all keys and values: [B, T, D]. The last keys are the queries'
        own frames."""
        mixed = (q @ k.transpose(2, 3)).softmax(dim=3) @ v
        out: Tensor = self.out_proj(mixed.transpose(1, 2).flatten(2))
        return out

    def forward(self, x: Tensor) -> Tensor:
        return self.attend(*self.project(x))


class FeedForward(nn.Module):
    def __init__(self, arch: Architecture) -> None:
        super().__init__()
        self.intermediate_dense = nn.Linear(arch.hidden, arch.intermediate)
        self.output_dense = nn.Linear(arch.intermediate, arch.hidden)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.output_dense(F.gelu(self.intermediate_dense(x)))
        return out


class EncoderLayer(nn.Module):
    """A post-norm transformer layer: [B, T, D] -> [B, T, D]."""

    def __init__(self, arch: Architecture) -> None:
        super().__init__()
        self.attention = Attention(arch)
        self.layer_norm = nn.LayerNorm(arch.hidden, eps=arch.layer_norm_eps)
        self.feed_forward = FeedForward(arch)
        self.final_layer_norm = nn.LayerNorm(arch.hidden, eps=arch.layer_norm_eps)

    def forward(self, x: Tensor) -> Tensor:
        return self.digest(x, self.attention(x))

    def digest(self, x: Tensor, attended: Tensor) -> Tensor:
        """The layer's output from its input and what attention made of it."""
        x = self.layer_norm(x + attended)
        out: Tensor = self.final_layer_norm(x + self.feed_forward(x))
        return out


class Encoder(nn.Module):
    """Positional convolution, LayerNorm and the transformer layers: [B, T, D] -> [B, T, D]."""

    def __init__(self, arch: Architecture) -> None:
        super().__init__()
        self.pos_conv_embed = PositionalConv(arch)
        self.layer_norm = nn.LayerNorm(arch.hidden, eps=arch.layer_norm_eps)
        self.layers = nn.ModuleList(EncoderLayer(arch) for _ in range(arch.layers))

    def forward(self, x: Tensor) -> Tensor:
        x = self.layer_norm(x + self.pos_conv_embed(x))
        for layer in self.layers:
            x = layer(x)
        return x


class AudioEncoder(nn.Module):
    """wav2vec2 at 30 frames a second: [B, N] -> [B, T, D]."""

    def __init__(self, arch: Architecture) -> None:
        super().__init__()
        self.feature_extractor = FeatureExtractor(arch)
        self.feature_projection = FeatureProjection(arch)
        self.encoder = Encoder(arch)

    def forward(self, audio: Tensor) -> Tensor:
        steps = self.feature_extractor(audio)
        features = interpolate(steps, step_positions(steps.shape[2], frames_in(audio.shape[1])))
        encoded: Tensor = self.encoder(self.feature_projection(features.transpose(1, 2)))
        return encoded


class HeadBlock(nn.Module):
    """relu(LayerNorm(conv3(x)) [+ residual]) on [B, T, C]; the head works time-major."""

    def __init__(self, width_in: int, width: int, *, residual: bool) -> None:
        super().__init__()
        self.conv = nn.Conv1d(width_in, width, 3, padding=1)
        self.norm = nn.LayerNorm(width)
        self.residual = residual
        if residual and width_in != width:
            self.residual_layer = nn.Sequential(nn.Conv1d(width_in, width, 3, padding=1))

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm(convolve(self.conv, x))
        if self.residual:
            y = y + (convolve(self.residual_layer, x) if hasattr(self, "residual_layer") else x)
        return F.relu(y)


def convolve(conv: nn.Module, x: Tensor) -> Tensor:
    """A Conv1d over time-major x: [B, T, C] -> [B, T, C']."""
    y: Tensor = conv(x.transpose(1, 2)).transpose(1, 2)
    return y


class FirstNet(nn.Module):
    def __init__(self, arch: Architecture) -> None:
        super().__init__()
        widths = (arch.head + arch.style_features, arch.head, arch.head)
        self.conv_layers = nn.Sequential(*(HeadBlock(w, arch.head, residual=True) for w in widths))

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.conv_layers(x)
        return y


class IdentityEncoder(nn.Module):
    """Tells the speech features the style: ([B, T, H], [B, S]) -> [B, T, H]."""

    def __init__(self, arch: Architecture) -> None:
        super().__init__()
        self.id_mlp = nn.Conv1d(arch.styles, arch.style_features, 1)
        self.first_net = FirstNet(arch)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        told = convolve(self.id_mlp, style[:, None]).expand(-1, x.shape[1], -1)
        out: Tensor = self.first_net(torch.cat((x, told), dim=2))
        return out


class Audio2Expression(nn.Module):
    """The whole network: ``(audio [B, N], style [B, S]) -> weights [B, T, 52]`` in 0..1.

    ``audio`` is raw speech in [-1, 1] at 16 kHz; ``style`` is one-hot or a blend that sums to 1;
    T is ``frames_in(N)``.
    """

    def __init__(self, arch: Architecture) -> None:
        super().__init__()
        self.arch = arch
        self.audio_encoder = AudioEncoder(arch)
        self.feature_projection = nn.Linear(arch.hidden, arch.head)
        self.identity_encoder = IdentityEncoder(arch)
        self.decoder = nn.Sequential(
            nn.Sequential(*(HeadBlock(arch.head, arch.head, residual=False) for _ in range(3)))
        )
        self.output_proj = nn.Linear(arch.head, arch.shapes)

    def forward(self, audio: Tensor, style: Tensor) -> Tensor:
        return self.head(self.audio_encoder(audio), style)

    def head(self, encoded: Tensor, style: Tensor) -> Tensor:
        """Encoder frames [B, T, D] and style [B, S] -> weights [B, T, 52]."""
        x = self.identity_encoder(self.feature_projection(encoded), style)
        return torch.sigmoid(self.output_proj(self.decoder(x)))
