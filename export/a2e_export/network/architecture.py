"""The sizes of a network, and the clocks that it runs on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SAMPLE_RATE = 16_000  # Hz
FPS = 30  # frames a second


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
