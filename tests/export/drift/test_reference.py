"""The references are what they say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from a2e_export.drift.reference import all_windows, from_windows, full_context, right_context
from a2e_export.drift.streams import animate
from a2e_export.random_checkpoint import SMALL, random_network
from a2e_export.settings import Settings

NETWORK = random_network(replace(SMALL, conv_norm="layer"))


@pytest.mark.parametrize(("hop", "lookahead"), [(3, 0), (9, 6), (30, 3)])
def test_windows_hold_every_recompute_setting(speech, hop: int, lookahead: int) -> None:
    style = torch.eye(12)[:1]
    audio = speech[:64_000]
    windows = all_windows(NETWORK, audio, style, 64)
    found = from_windows(windows, hop, lookahead)
    expected = animate(NETWORK, audio, style, Settings(hop=hop, lookahead=lookahead))
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_full_context_has_each_frame_once_from_the_middle_of_its_window() -> None:
    window = 64
    ends = np.arange(40)[:, None, None]
    frame = 3 * (ends + 1) - window + np.arange(window)[:, None]
    right = right_context(window)
    assert right == 30
    frames = full_context(frame.astype(np.float32))
    assert np.array_equal(frames[:, 0], np.arange(40 * 3 - right))
