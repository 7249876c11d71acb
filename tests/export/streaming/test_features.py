"""Features of a block are those of the whole window."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from a2e_export.network import interpolate, step_positions
from a2e_export.random_checkpoint import SMALL, random_network
from a2e_export.settings import Settings, describe
from a2e_export.streaming.features import BlockFeatures
from tests.export.streaming.voice import SETTINGS, voice


@pytest.mark.parametrize("conv_norm", ["group", "layer"])
@pytest.mark.parametrize(("hop", "lookahead"), SETTINGS)
@torch.no_grad()
def test_newest_features_equal_the_windows(conv_norm, hop: int, lookahead: int) -> None:
    """With group norm too: its statistics are the window's, at the start and far from it."""
    network = random_network(replace(SMALL, conv_norm=conv_norm))
    nn.init.uniform_(network.audio_encoder.feature_extractor.conv_layers[0].layer_norm.bias)
    spec = describe(network.arch, Settings(hop=hop, lookahead=lookahead))
    features = BlockFeatures(network, spec)
    context = [torch.zeros(1, *shape) for shape in features.context_shapes.values()]
    audio = voice()
    samples = torch.cat((torch.zeros(spec.window_samples), audio))
    for index, new in enumerate(audio.split(spec.hop_samples)[:-1]):
        block, *context = features(new[None], *context)
        end = spec.window_samples + (index + 1) * spec.hop_samples
        steps = network.audio_encoder.feature_extractor(
            samples[None, end - spec.window_samples : end]
        )
        window = interpolate(steps, step_positions(steps.shape[2], spec.window)).transpose(1, 2)
        expected = window[:, -(hop + lookahead) :]
        torch.testing.assert_close(block, expected, atol=1e-4, rtol=1e-4)
