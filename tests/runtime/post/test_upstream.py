"""The upstream profile's stages against upstream's own numbers."""

from __future__ import annotations

import numpy as np
import pytest

from a2e.post import Upstream
from a2e.post.stages import BLINK, Symmetry, pad_mirrored, smooth
from a2e.post.upstream import rest_in_silence, silent_runs, volumes
from a2e.random import Random
from a2e.shapes import ARKIT, PAIRS, SPEECH


def test_volumes(golden, speech, speech_24k) -> None:
    """``offline_volume`` and ``volume_24k_first_chunk``."""
    np.testing.assert_allclose(volumes(speech, 16_000, 30), golden["offline_volume"], atol=1e-6)
    np.testing.assert_allclose(
        volumes(speech_24k[:24_000], 24_000, 30), golden["volume_24k_first_chunk"], atol=1e-6
    )


def test_offline_stages(golden) -> None:
    """``offline_mouth``, ``offline_savgol``, ``offline_post``."""
    rested = rest_in_silence(golden["offline_raw"], golden["offline_volume"], 0, ARKIT)
    np.testing.assert_allclose(rested, golden["offline_mouth"], atol=1e-6)
    smoothed = smooth(pad_mirrored(rested))
    np.testing.assert_allclose(smoothed, golden["offline_savgol"], atol=1e-6)
    np.testing.assert_allclose(Symmetry(ARKIT)(smoothed), golden["offline_post"], atol=1e-6)


def test_the_first_run_is_counted_one_frame_short() -> None:
    silent, loud = np.zeros(7, np.float32), np.ones(2, np.float32)
    volume = np.concatenate((silent, loud, silent, loud))
    assert silent_runs(volume) == [(9, 16)]
    assert silent_runs(np.concatenate((silent[:1], volume))) == [(0, 8), (10, 17)]


@pytest.mark.parametrize("key", ["stream_blank", "stream_carry"])
def test_chunks_of_a_second(golden, speech, key: str) -> None:
    """``stream_blank_post`` and ``stream_carry_post`` from their raw arrays."""
    state = Upstream(blinks=False).start(ARKIT, 30, Random())
    raw = golden[f"{key}_raw"]
    frames = [
        state.step(raw[second * 30 :][:30], speech[second * 16_000 :][:16_000], 16_000)
        for second in range(7)
    ]
    np.testing.assert_allclose(np.concatenate(frames), golden[f"{key}_post"], atol=1e-6)


def test_blinks_are_40_to_100_frames_apart(golden) -> None:
    state = Upstream().start(ARKIT, 30, Random(1))
    frames = np.concatenate(
        [
            state.step(np.zeros((30, 52), np.float32), np.ones(16_000, np.float32), 16_000)
            for _ in range(60)
        ]
    )
    lid = frames[:, ARKIT.index("eyeBlinkLeft")]
    assert np.array_equal(lid, frames[:, ARKIT.index("eyeBlinkRight")])
    peaks = np.flatnonzero((lid[1:-1] > lid[:-2]) & (lid[1:-1] > lid[2:]) & (lid[1:-1] > 0.5))
    assert len(peaks) > 10
    assert np.diff(peaks).min() >= 40
    assert np.diff(peaks).max() <= 100
    assert len(np.unique(np.diff(peaks))) > 10
    assert len(BLINK) == 7


def test_silence_is_found_among_sent_frames() -> None:
    """A run that began 60 frames ago still counts in a chunk of five."""
    state = Upstream(blinks=False).start(ARKIT, 30, Random())
    weights = np.full((30, 52), 0.5, np.float32)
    silent, loud = np.zeros(16_000, np.float32), np.ones(16_000, np.float32)
    state.step(weights, loud, 16_000)
    state.step(weights, silent, 16_000)
    found = state.step(weights[:5], silent[: 5 * 1_600 // 3], 16_000)
    assert found[-1, ARKIT.index("jawOpen")] < 0.06


def test_groups() -> None:
    assert (len(ARKIT), len(PAIRS), len(SPEECH)) == (52, 20, 29)
    assert ARKIT.index("jawOpen") == 24
