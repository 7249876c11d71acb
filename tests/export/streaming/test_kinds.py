"""The graph kinds against each other: all that can be exact is, and only the named differs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from a2e_export.errors import ArchitectureError
from a2e_export.network import Attention, Audio2Expression
from a2e_export.random_checkpoint import SMALL, random_network
from a2e_export.settings import Settings, describe
from a2e_export.streaming import make_graph
from a2e_export.streaming.silence import endless_silence
from tests.export.streaming.voice import SETTINGS, voice

LAYER = replace(SMALL, conv_norm="layer", conv_bias=True, position_kernel=17)
REACH = 8


def attend_backward(self: Attention, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Attention that sees its own frame and those just before it."""
    queries, keys = q.shape[2], k.shape[2]
    at = torch.arange(queries)[:, None] + keys - queries
    behind = at - torch.arange(keys)
    scores = q @ k.transpose(2, 3)
    hidden = (behind < 0) | (behind >= REACH)
    mixed = scores.masked_fill(hidden, -torch.inf).softmax(dim=3) @ v
    return self.out_proj(mixed.transpose(1, 2).flatten(2))


@pytest.fixture
def backward_looking(monkeypatch):
    """Lets attention and a network's positional convolution only look back."""
    monkeypatch.setattr(Attention, "attend", attend_backward)

    @torch.no_grad()
    def blinker(network: Audio2Expression) -> Audio2Expression:
        conv = network.audio_encoder.encoder.pos_conv_embed.conv
        conv.weight[:, :, conv.kernel_size[0] // 2 + 1 :] = 0
        return network

    return blinker


@torch.no_grad()
def face(network: Audio2Expression, kind: str, hop: int, lookahead: int, window: int = 64):
    settings = Settings(kind=kind, hop=hop, lookahead=lookahead, window=window)
    graph = make_graph(network, describe(network.arch, settings))
    context = graph.initial_context()
    style = torch.eye(network.arch.styles)[3:4]
    frames = []
    for hop_audio in voice().split(graph.spec.hop_samples)[:-1]:
        weights, *context = graph(hop_audio[None], style, *context)
        frames.append(weights[0])
    return torch.cat(frames)


@pytest.mark.parametrize(("hop", "lookahead"), SETTINGS)
def test_hybrid_equals_recompute_with_layer_norm(hop: int, lookahead: int) -> None:
    """From a stream's first hop on: features of silence are what the context's zeros mean."""
    network = random_network(LAYER)
    hybrid, recompute = (face(network, kind, hop, lookahead) for kind in ("hybrid", "recompute"))
    assert recompute.std() > 0.05
    torch.testing.assert_close(hybrid, recompute, atol=1e-5, rtol=0)


@pytest.mark.parametrize(("hop", "lookahead"), [(3, 0), (3, 6), (9, 3), (30, 0), (30, 3)])
def test_cached_equals_recompute_where_nothing_looks_ahead(
    backward_looking, hop: int, lookahead: int
) -> None:
    """So what differs elsewhere is what past frames don't know of later ones, and nothing else.

    A block's frames here depend on 30 earlier ones (two layers, positions, head), which lie inside
    the window at each of these settings.
    """
    network = backward_looking(random_network(replace(LAYER, layers=2)))
    cached, recompute = (face(network, kind, hop, lookahead) for kind in ("cached", "recompute"))
    assert recompute.std() > 0.05
    torch.testing.assert_close(cached, recompute, atol=1e-5, rtol=0)


def test_cached_differs_where_attention_looks_ahead() -> None:
    """The test above can fail."""
    network = random_network(replace(LAYER, layers=2))
    cached, recompute = (face(network, kind, 3, 0) for kind in ("cached", "recompute"))
    assert (cached - recompute).abs().max() > 1e-3


@pytest.mark.parametrize("conv_norm", ["group", "layer"])
@torch.no_grad()
def test_endless_silence_is_what_long_silence_comes_to(backward_looking, conv_norm) -> None:
    network = backward_looking(random_network(replace(LAYER, conv_norm=conv_norm)))
    silence = endless_silence(network)
    encoded = network.audio_encoder(torch.zeros(1, 5 * 16_000))[0]
    np.testing.assert_allclose(silence.encoded, encoded[-20], atol=1e-5)


@pytest.mark.parametrize("kind", ["hybrid", "cached"])
def test_windows_whose_grids_do_not_meet_are_refused(kind: str) -> None:
    network = random_network(SMALL)
    with pytest.raises(ArchitectureError, match=r"3n \+ 1 frames .* got a window of 63"):
        make_graph(network, describe(network.arch, Settings(kind=kind, window=63)))


def test_unknown_kinds_are_refused() -> None:
    network = random_network(SMALL)
    with pytest.raises(ArchitectureError, match="one of recompute, hybrid, cached; got 'frozen'"):
        make_graph(network, describe(network.arch, Settings(kind="frozen")))
