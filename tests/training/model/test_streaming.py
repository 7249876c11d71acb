"""Training's forward pass is the network's, and in blocks it is the shipped stream's."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from a2e.shapes import ARKIT
from a2e.spec import Spec
from a2e_export.network import Audio2Expression
from a2e_export.streaming import make_graph
from training.model import streaming
from training.model.network import ARCHITECTURE
from training.model.streaming import LEAD, WINDOW, Blocks

TINY = replace(
    ARCHITECTURE,
    conv_dims=(16,) * 5,
    hidden=16,
    layers=1,
    intermediate=32,
    head=8,
    style_features=4,
)
FRAME = 16_000 / 30  # samples


@pytest.fixture(scope="module")
def net() -> Audio2Expression:
    torch.manual_seed(0)
    made = Audio2Expression(TINY).eval()
    for name, parameter in made.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.normal_(parameter, 0, 0.3)
    return made


def sound(frames: int, seed: int = 0) -> Tensor:
    """[1, N] of noise in bursts."""
    torch.manual_seed(seed)
    samples = int(frames * FRAME)
    return torch.randn(1, samples) * (torch.arange(samples) // 3_000 % 2) * 0.3


def forward(net: Audio2Expression, audio: Tensor, blocks: Blocks | None) -> Tensor:
    with torch.no_grad():
        made = streaming.forward(net, audio, torch.eye(3)[:1], blocks)
    return made[0]


@pytest.mark.parametrize("frames", [64, 100, 161])
def test_without_blocks_it_is_the_network(net: Audio2Expression, frames: int) -> None:
    audio = sound(frames)
    with torch.no_grad():
        wanted = net(audio, torch.eye(3)[:1])[0]
    assert torch.allclose(forward(net, audio, None), wanted, atol=1e-5)


@pytest.mark.parametrize(("hop", "lookahead"), [(3, 0), (3, 6), (6, 0), (6, 6)])
def test_in_blocks_it_is_the_cached_graph(net: Audio2Expression, hop: int, lookahead: int) -> None:
    """Once the start is forgotten: there a clip has nothing to its left, and a stream silence."""
    frames, samples = 204, int(hop * FRAME)
    spec = Spec(
        "cached", 16_000, 30, hop, lookahead, WINDOW, ("a", "b", "c"), 0, tuple(ARKIT), "float32",
        "0" * 64, {},
    )  # fmt: skip
    graph, audio = make_graph(net, spec), sound(frames)
    context = graph.initial_context()
    shown = []
    with torch.no_grad():
        for hop_audio in audio.split(samples, dim=1):
            weights, *context = graph(hop_audio, torch.eye(3)[:1], *context)
            shown.append(weights[0])
    stream = torch.cat(shown)[lookahead + LEAD :]
    made = forward(net, audio[:, round(LEAD * FRAME) :], Blocks(hop, lookahead))
    settled = slice(150, len(stream) - hop)
    assert torch.allclose(made[settled], stream[settled], atol=1e-4)
    assert made.std(dim=0).max() > 0.01


@pytest.mark.parametrize("blocks", [Blocks(3, 0), Blocks(3, 6), Blocks(15, 3)])
def test_a_block_knows_nothing_of_what_follows_it(net: Audio2Expression, blocks: Blocks) -> None:
    audio = sound(100)
    changed = audio.clone()
    changed[:, int(70 * FRAME) :] = sound(100, seed=1)[:, int(70 * FRAME) :]
    first_that_sees = (70 + LEAD - blocks.length) // blocks.hop * blocks.hop - LEAD
    a, b = forward(net, audio, blocks), forward(net, changed, blocks)
    assert torch.equal(a[:first_that_sees], b[:first_that_sees])
    assert not torch.allclose(a[70:], b[70:], atol=1e-3)


def test_blocks_show_every_frame_once() -> None:
    frames = torch.arange(1.0, 101.0)[None, :, None]
    for blocks in (Blocks(3, 0), Blocks(3, 6), Blocks(30, 6)):
        assert torch.equal(blocks.shown(blocks.cut(frames), 100), frames)
