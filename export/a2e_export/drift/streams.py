"""Clips through the torch graphs, hop by hop."""

from __future__ import annotations

import torch

from a2e.arrays import Floats
from a2e_export.network import Audio2Expression
from a2e_export.settings import Settings, describe
from a2e_export.streaming import Graph, make_graph


def animate(
    network: Audio2Expression, audio: Floats, style: torch.Tensor, settings: Settings
) -> Floats:
    """The frames of the torch graph of ``settings``, frame 0 first, [n, shapes]."""
    graph = make_graph(network, describe(network.arch, settings))
    return stream(graph, audio, style)[settings.lookahead :]


def stream(graph: Graph, audio: Floats, style: torch.Tensor) -> Floats:
    """All frames of a graph for whole hops of ``audio``, [n, shapes].

    The first ``lookahead`` of them show the time before the clip.
    """
    size = graph.spec.hop_samples
    hops = torch.from_numpy(audio[: len(audio) // size * size].reshape(-1, size))
    frames: Floats = torch.cat([weights[0] for weights, *_ in graph.stream(hops, style)]).numpy()
    return frames
