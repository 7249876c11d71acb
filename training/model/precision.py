"""The number format that a machine multiplies fastest."""

from __future__ import annotations

import torch


def fast_type(device: str) -> torch.dtype:
    """bf16 where it is computed and not emulated, which takes three times as long as float32."""
    if device != "cpu" or torch.cpu._is_avx512_bf16_supported():
        return torch.bfloat16
    return torch.float32
