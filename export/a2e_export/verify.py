"""Compares a model file with the torch network of its checkpoint, on real audio, hop by hop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from a2e.arrays import Floats
from a2e.model import Model
from a2e_export.checkpoint import read_checkpoint
from a2e_export.network.builder import build_network, read_config
from a2e_export.precision import TOLERANCES
from a2e_export.speech import whole_hops
from a2e_export.streaming import Graph, make_graph


@dataclass(frozen=True)
class Difference:
    """The distance of one output of the file from torch's."""

    output: str
    worst: float
    """Largest absolute difference over all hops."""
    mean: float
    """Mean absolute difference."""


@dataclass(frozen=True)
class Verdict:
    """The result of a comparison."""

    differences: tuple[Difference, ...]
    hops: int
    same_source: bool
    """Whether the file says that it was made from this checkpoint."""
    tolerance: float
    """Largest absolute difference allowed."""

    @property
    def passed(self) -> bool:
        return all(difference.worst <= self.tolerance for difference in self.differences)


def verify(
    model: Model,
    checkpoint: str | Path,
    audio: Floats,
    *,
    wav2vec2_config: str | Path | None = None,
) -> Verdict:
    """Streams ``audio`` (float32 [n] at the model's rate) through both, each with its own context.

    Where the file's precision is lower than torch's, only the weights are compared. Raises
    :class:`a2e_export.errors.ExportError`.
    """
    spec = model.spec
    source = read_checkpoint(checkpoint)
    graph = make_graph(build_network(source.tensors, read_config(wav2vec2_config)), spec)
    context_names = tuple(graph.context_shapes) if spec.precision == "float32" else ()
    hops = whole_hops(audio, spec.hop_samples)
    return Verdict(
        differences=compare(model, graph, hops, context_names),
        hops=len(hops),
        same_source=spec.source_sha256 == source.sha256,
        tolerance=TOLERANCES[spec.precision],
    )


def compare(
    model: Model, graph: Graph, hops: Floats, context_names: Sequence[str]
) -> tuple[Difference, ...]:
    """Differences in the weights and in the tensors ``context_names``, over all ``hops``."""
    outputs = ["weights", *(f"next.{name}" for name in context_names)]
    errors: dict[str, list[Floats]] = {name: [] for name in outputs}
    style = model.style(None)[None]
    torch_outputs = graph.stream(torch.from_numpy(hops), torch.from_numpy(style))
    file_outputs = stream_file(model, hops, style, context_names)
    for arrays, tensors in zip(file_outputs, torch_outputs, strict=True):
        for name, array, tensor in zip(outputs, arrays, tensors, strict=False):
            errors[name].append(np.abs(array - tensor.numpy()))
    return tuple(
        Difference(name, float(np.max(error)), float(np.mean(error)))
        for name, error in errors.items()
    )


def stream_file(
    model: Model, hops: Floats, style: Floats, context_names: Sequence[str]
) -> Iterator[list[Floats]]:
    """The file's side of a comparison: each hop's weights and next context, in names' order."""
    context = model.initial_context()
    for hop in hops:
        weights, context = model.step(hop[None], style, context)
        yield [weights, *(context[name] for name in context_names)]
