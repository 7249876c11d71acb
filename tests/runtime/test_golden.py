"""The runtime against upstream's own outputs."""

from __future__ import annotations

import numpy as np
import pytest

import a2e
from a2e.arrays import Floats
from tests.conftest import IDENTITY

WITHIN = 1e-4


def test_one_second_stream_equals_upstream(model, golden, speech) -> None:
    """``stream_carry_raw``: all whole chunks (upstream's last one is short, ours is padded)."""
    weights = model.animate(speech, 16_000, style=IDENTITY, post=None).weights
    whole = len(speech) // 16_000 * 30
    assert weights.shape == golden["stream_carry_raw"].shape
    np.testing.assert_allclose(weights[:whole], golden["stream_carry_raw"][:whole], atol=WITHIN)


def test_tenth_second_stream_equals_upstream(short_model, golden, speech) -> None:
    """``stream_carry_hop3_raw``."""
    weights = short_model.animate(speech[:48_000], 16_000, style=IDENTITY, post=None).weights
    np.testing.assert_allclose(weights, golden["stream_carry_hop3_raw"], atol=WITHIN)


def test_upstream_profile_equals_upstream(model, golden, speech) -> None:
    """``stream_carry_post``."""
    post = a2e.Upstream(blinks=False)
    weights = model.animate(speech, 16_000, style=IDENTITY, post=post).weights
    whole = len(speech) // 16_000 * 30
    np.testing.assert_allclose(weights[:whole], golden["stream_carry_post"][:whole], atol=WITHIN)


@pytest.mark.parametrize("identity", range(12))
def test_every_style_equals_upstream(model, golden, identity: int) -> None:
    """``window_all_identities``: the newest 30 frames under each style."""
    window: Floats = golden["stream_carry_windows"][2]
    past, hop = window[None, :-16_000], window[None, -16_000:]
    weights, _ = model.step(hop, model.style(identity)[None], {"audio": past})
    np.testing.assert_allclose(
        weights[0], golden["window_all_identities"][identity, -30:], atol=WITHIN
    )


def test_lookahead_gives_the_same_window_seen_later(model, ahead_model, golden) -> None:
    """Frames with 200 ms of right context are those six before the window's end."""
    window: Floats = golden["stream_carry_windows"][2]
    past, hop = window[None, :-1_600], window[None, -1_600:]
    weights, _ = ahead_model.step(hop, ahead_model.style(IDENTITY)[None], {"audio": past})
    expected = golden["window_all_identities"][IDENTITY, 64 - 9 : 64 - 6]
    np.testing.assert_allclose(weights[0], expected, atol=WITHIN)
