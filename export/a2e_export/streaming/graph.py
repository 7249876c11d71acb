"""The base of all graph kinds: a network behind the streaming contract."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import torch
from torch import Tensor, nn

from a2e.spec import Spec
from a2e_export.network import Audio2Expression
from a2e_export.streaming.fusion import fuse

EXAMPLE_HOPS = 3


class Graph(nn.Module):
    """A network in streaming form. Subclasses fill ``context_shapes`` and ``forward``.

    ``forward(audio, style, *context) -> (weights, *next_context)``, the context in the order of
    ``context_shapes``, zeros at a stream's start.
    """

    kind: ClassVar[str]
    conv_products: ClassVar[bool] = True
    """Whether convolutions become products in float32 too (see ``fusion``)."""

    def __init__(self, network: Audio2Expression, spec: Spec) -> None:
        super().__init__()
        self.network = fuse(network, conv_products=self.conv_products or spec.precision == "int8")
        self.spec = spec
        self.context_shapes: dict[str, tuple[int, ...]] = {}
        """Shape of each context tensor by name, without the batch."""

    def initial_context(self, batch: int = 1) -> tuple[Tensor, ...]:
        """The context at a stream's start: zeros."""
        return tuple(torch.zeros(batch, *shape) for shape in self.context_shapes.values())

    def example_inputs(self, batch: int = 2, seed: int = 0) -> tuple[Tensor, ...]:
        """Noise, random styles and a context in mid-stream, all of ``batch`` streams."""
        generator = torch.Generator().manual_seed(seed)
        hops = torch.rand(EXAMPLE_HOPS, batch, self.spec.hop_samples, generator=generator) - 0.5
        styles = torch.rand(batch, len(self.spec.styles), generator=generator)
        styles = styles / styles.sum(dim=1, keepdim=True)
        context = self.initial_context(batch)
        with torch.no_grad():
            for hop in hops[:-1]:
                _, *context = self(hop, styles, *context)
        return hops[-1], styles, *context

    @torch.inference_mode()
    def stream(self, hops: Tensor, style: Tensor) -> Iterator[tuple[Tensor, ...]]:
        """Runs ``hops`` [n, hop_samples] of one stream from its start, in ``style`` [1, styles].

        Yields each hop's ``(weights, *next_context)``.
        """
        context = self.initial_context()
        for hop in hops:
            weights, *next_context = self(hop[None], style, *context)
            context = tuple(next_context)
            yield weights, *context
