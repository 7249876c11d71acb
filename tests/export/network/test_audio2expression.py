"""The torch network against upstream's outputs and transformers' wav2vec2."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from transformers import Wav2Vec2Config, Wav2Vec2Model

from a2e_export.checkpoint import read_checkpoint
from a2e_export.checkpoint.writer import wav2vec2_config
from a2e_export.network import (
    Audio2Expression,
    FeatureProjection,
    interpolate,
    step_positions,
)
from a2e_export.network.builder import build_network, read_config
from a2e_export.random_checkpoint import SMALL, random_network
from tests.conftest import CHECKPOINT, CONFIG, IDENTITY

WITHIN = 1e-4


@pytest.fixture(scope="module")
def network() -> Audio2Expression:
    return build_network(read_checkpoint(CHECKPOINT).tensors, read_config(CONFIG))


def styles(identity: int | None = None) -> torch.Tensor:
    eye = torch.eye(12)
    return eye if identity is None else eye[identity : identity + 1]


@torch.inference_mode()
def test_whole_clip(network, golden, speech) -> None:
    """``offline_raw``."""
    weights = network(torch.from_numpy(speech)[None], styles(IDENTITY))[0]
    np.testing.assert_allclose(weights, golden["offline_raw"], atol=WITHIN)


@pytest.mark.parametrize("history", ["blank", "carry"])
@torch.inference_mode()
def test_windows(network, golden, history: str) -> None:
    """``stream_*_windows`` give ``stream_*_raw``."""
    windows = torch.from_numpy(golden[f"stream_{history}_windows"])
    weights = network(windows, styles(IDENTITY).expand(len(windows), -1))[:, -30:]
    np.testing.assert_allclose(
        weights.flatten(0, 1), golden[f"stream_{history}_raw"][:90], atol=WITHIN
    )


@torch.inference_mode()
def test_identities(network, golden) -> None:
    """``window_all_identities``, as one batch."""
    window = torch.from_numpy(golden["stream_carry_windows"][2:3]).expand(12, -1)
    np.testing.assert_allclose(
        network(window, styles()), golden["window_all_identities"], atol=WITHIN
    )


@pytest.mark.parametrize("conv_bias", [False, True])
@pytest.mark.parametrize("conv_norm", ["group", "layer"])
@torch.inference_mode()
def test_encoder_equals_transformers(conv_norm, conv_bias: bool) -> None:
    """Our encoder, interpolation aside, is transformers' Wav2Vec2Model."""
    dims = (8, 12, 16, 24, 32, 32, 40)
    arch = replace(SMALL, conv_norm=conv_norm, conv_bias=conv_bias, conv_dims=dims)
    ours = random_network(arch).audio_encoder
    theirs = Wav2Vec2Model(Wav2Vec2Config(**wav2vec2_config(arch))).eval()
    torch.nn.utils.parametrize.remove_parametrizations(theirs.encoder.pos_conv_embed.conv, "weight")
    state = dict(ours.state_dict()) | {"masked_spec_embed": theirs.masked_spec_embed}
    theirs.load_state_dict(state)
    audio = torch.rand(2, 9_000, generator=torch.Generator().manual_seed(0)) - 0.5
    features = ours.feature_extractor(audio)
    np.testing.assert_allclose(features, theirs.feature_extractor(audio), atol=1e-5)
    projection: FeatureProjection = ours.feature_projection
    encoded = ours.encoder(projection(features.transpose(1, 2)))
    np.testing.assert_allclose(encoded, theirs(audio).last_hidden_state, atol=1e-5)


@pytest.mark.parametrize(("steps", "frames"), [(106, 64), (1, 1), (1, 3), (2, 2), (320, 193)])
def test_interpolation_equals_torch(steps: int, frames: int) -> None:
    """Torch computes its positions in float32, we in float64: that is the difference."""
    features = torch.rand(2, 5, steps, generator=torch.Generator().manual_seed(0))
    expected = torch.nn.functional.interpolate(features, frames, mode="linear", align_corners=True)
    torch.testing.assert_close(
        interpolate(features, step_positions(steps, frames)), expected, atol=1e-4, rtol=0
    )
