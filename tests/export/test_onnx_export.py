"""Torch to ONNX: equality of every kind, and a check that sees a difference."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import onnxruntime
import pytest
import torch
from torch import nn

from a2e_export.errors import ConversionError
from a2e_export.network import Architecture
from a2e_export.onnx_export import check, export_graph
from a2e_export.random_checkpoint import LAM, SMALL, random_network
from a2e_export.settings import Settings, describe
from a2e_export.streaming import Graph, make_graph


def graph_of(arch: Architecture, **settings) -> Graph:
    chosen = Settings(**settings)
    return make_graph(random_network(arch), describe(arch, chosen, "0" * 64))


def largest_difference(graph: Graph, batch: int) -> float:
    model = export_graph(graph)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    inputs = graph.example_inputs(batch, seed=7)
    names = [tensor.name for tensor in session.get_inputs()]
    found = session.run(None, {n: t.numpy() for n, t in zip(names, inputs, strict=True)})
    with torch.inference_mode():
        expected = graph(*inputs)
    assert np.std(found[0]) > 0.01, "the comparison must be of a face that moves"
    return max(np.abs(f - e.numpy()).max() for f, e in zip(found, expected, strict=True))


def test_lam_size_equals_torch() -> None:
    assert largest_difference(graph_of(LAM), batch=1) <= 1e-5


@pytest.mark.parametrize("kind", ["recompute", "hybrid", "cached"])
@pytest.mark.parametrize("conv_norm", ["group", "layer"])
def test_small_networks_equal_torch(conv_norm, kind: str) -> None:
    arch = replace(SMALL, conv_norm=conv_norm, conv_bias=conv_norm == "layer", position_kernel=31)
    graph = graph_of(arch, kind=kind, hop=9, lookahead=6, window=40)
    assert largest_difference(graph, batch=4) <= 1e-5


def test_the_check_finds_a_wrong_graph() -> None:
    graph = graph_of(SMALL, hop=3)
    model = export_graph(graph)
    nn.init.normal_(graph.network.output_proj.weight)
    with pytest.raises(ConversionError, match="differs from torch"):
        check(model, graph, 1e-4)
