"""The base of graphs: streaming, examples."""

from __future__ import annotations

import pytest
import torch

from a2e_export.random_checkpoint import SMALL, random_network
from a2e_export.settings import Settings, describe
from a2e_export.streaming import KINDS, Graph, make_graph
from tests.export.streaming.voice import voice


@pytest.fixture(scope="module", params=KINDS)
def graph(request: pytest.FixtureRequest) -> Graph:
    network = random_network(SMALL)
    return make_graph(network, describe(SMALL, Settings(kind=request.param, hop=3)))


def test_a_stream_carries_its_context_from_hop_to_hop(graph: Graph) -> None:
    style = torch.eye(12)[:1]
    hops = voice(1)[: 4 * graph.spec.hop_samples].reshape(4, -1)
    context = graph.initial_context()
    for hop, outputs in zip(hops, graph.stream(hops, style), strict=True):
        with torch.inference_mode():
            weights, *context = graph(hop[None], style, *context)
        assert all(map(torch.equal, outputs, (weights, *context)))


def test_examples_have_the_shapes_of_the_contract(graph: Graph) -> None:
    audio, style, *context = graph.example_inputs(batch=2, seed=5)
    assert audio.shape == (2, graph.spec.hop_samples)
    torch.testing.assert_close(style.sum(dim=1), torch.ones(2))
    assert [tensor.shape[1:] for tensor in context] == [*graph.context_shapes.values()]
    assert any(tensor.any() for tensor in context)
    assert all(map(torch.equal, graph.example_inputs(2, 5), (audio, style, *context)))
