"""Fuses a network for inference: the same function of the same weights in fewer, larger products.

Queries, keys and values become one product. Convolutions become products too: ONNX Runtime computes
these as fast in float32 for short blocks, and only products also in int8. Over a whole window the
copies that a product needs cost more than it gains, with two threads above all.
"""

from __future__ import annotations

from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from a2e_export.network import Attention, Audio2Expression


def fuse(network: Audio2Expression, *, conv_products: bool) -> Audio2Expression:
    """A copy of ``network`` with fused attention; with ``conv_products``, its convolutions too.

    Its modules have other parameters than a checkpoint's.
    """
    network = deepcopy(network)
    for module in list(network.modules()):
        for name, child in module.named_children():
            if conv_products and isinstance(child, nn.Conv1d) and child.groups == 1:
                setattr(module, name, ConvProduct(child))
            elif isinstance(child, Attention):
                setattr(module, name, FusedAttention(child))
    return network


class ConvProduct(nn.Module):
    """A Conv1d as one product of the windows it sees: [B, C, t] -> [B, C', t'].

    With time before channels a window of k steps is a piece of memory. Steps are taken in groups of
    one stride s, which cut windows into whole groups and a rest: where windows don't overlap
    (k = s) nothing is copied.
    """

    def __init__(self, conv: nn.Conv1d) -> None:
        super().__init__()
        assert isinstance(conv.padding, tuple)
        self.width = conv.in_channels
        self.kernel, self.stride, self.padding = (
            conv.kernel_size[0],
            conv.stride[0],
            conv.padding[0],
        )
        self.weight = nn.Parameter(conv.weight.transpose(1, 2).flatten(1))
        self.bias = conv.bias

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(self.windows(x.transpose(1, 2)), self.weight, self.bias).transpose(1, 2)

    def windows(self, x: Tensor) -> Tensor:
        """[B, t, C] -> [B, t', kernel * C]."""
        if self.padding:
            edge = x.new_zeros(x.shape[0], self.padding, self.width)
            x = torch.cat((edge, x, edge), dim=1)
        count = (x.shape[1] - self.kernel) // self.stride + 1
        whole, rest = divmod(self.kernel, self.stride)
        groups = x[:, : x.shape[1] // self.stride * self.stride]
        groups = groups.reshape(x.shape[0], -1, self.stride * self.width)
        parts = [groups[:, i : i + count] for i in range(whole)]
        first = whole * self.stride
        parts += [x[:, first + i :: self.stride][:, :count] for i in range(rest)]
        return torch.cat(parts, dim=2) if len(parts) > 1 else parts[0]


class FusedAttention(Attention):
    """Attention whose queries, keys and values come from one product; queries are scaled by it."""

    def __init__(self, attention: Attention) -> None:
        nn.Module.__init__(self)
        self.heads = attention.heads
        self.out_proj = attention.out_proj
        parts = (attention.q_proj, attention.k_proj, attention.v_proj)
        scales = (attention.scale, 1.0, 1.0)
        hidden = attention.out_proj.in_features
        self.qkv_proj = nn.Linear(hidden, 3 * hidden)
        for target in ("weight", "bias"):
            fused = torch.cat([getattr(p, target) * s for p, s in zip(parts, scales, strict=True)])
            setattr(self.qkv_proj, target, nn.Parameter(fused))

    def project(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        q, k, v = self.qkv_proj(x).chunk(3, dim=2)
        return self.split(q), self.split(k), self.split(v)
