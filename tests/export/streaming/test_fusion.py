"""A fused network is the same function."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from a2e_export.random_checkpoint import SMALL, random_network
from a2e_export.streaming.fusion import FusedAttention, fuse
from tests.export.streaming.voice import voice


@pytest.mark.parametrize("conv_products", [False, True])
@torch.inference_mode()
def test_fusion_changes_no_weight(conv_products: bool) -> None:
    network = random_network(SMALL)
    fused = fuse(network, conv_products=conv_products)
    audio, style = voice(2)[None], torch.eye(12)[:1]
    expected = network(audio, style)
    assert expected.std() > 0.01
    torch.testing.assert_close(fused(audio, style), expected, atol=1e-5, rtol=0)


def test_fusion_leaves_the_network_and_only_the_grouped_convolution() -> None:
    network = random_network(SMALL)
    before = list(network.state_dict())
    fused = fuse(network, conv_products=True)
    assert list(network.state_dict()) == before
    convolutions = [module for module in fused.modules() if isinstance(module, nn.Conv1d)]
    assert [conv.groups for conv in convolutions] == [SMALL.position_groups]
    attentions = [module for module in fused.modules() if isinstance(module, FusedAttention)]
    assert len(attentions) == SMALL.layers
