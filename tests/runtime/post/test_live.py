"""The live profile: what each part does, and that hops don't matter."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import a2e
from a2e.arrays import Floats
from a2e.post.brows import LOUD
from a2e.post.gate import Gate
from a2e.post.live import PROMPT_SMOOTHING, SMOOTHING, Smoother
from a2e.post.silence import SILENT_SECONDS, Silence
from a2e.post.stages import REST, SILENT, frame_volumes, frames_in
from a2e.random import Random
from a2e.shapes import ARKIT, SPEECH

FPS, RATE, SPAN = 30, 16_000, 1_600  # samples in three frames
REST_FRAMES = frames_in(SILENT_SECONDS, FPS)
JAW, LID, BROW = (ARKIT.index(n) for n in ("jawOpen", "eyeBlinkLeft", "browInnerUp"))


def run(settings: a2e.Live, weights: Floats, audio: Floats, cuts: list[int], seed: int = 0):
    """All frames, with the input cut at multiples of three frames."""
    state = settings.start(ARKIT, FPS, Random(seed))
    edges = sorted({0, len(weights), *(3 * c for c in cuts if 3 * c < len(weights))})
    frames = [
        state.step(weights[a:b], audio[a * SPAN // 3 : b * SPAN // 3], RATE)
        for a, b in pairwise(edges)
    ]
    return np.concatenate([*frames, state.finish()])


def tone(volumes: Floats) -> Floats:
    """Audio whose frames have these RMS volumes (in threes)."""
    square = np.where(np.arange(SPAN) % 2, 1.0, -1.0)
    return np.concatenate([square * v for v in volumes[::3]]).astype(np.float32)


@settings(max_examples=50, deadline=None)
@given(
    frames=st.integers(1, 60),
    cuts=st.lists(st.integers(1, 20), max_size=8),
    smoothing=st.booleans(),
    low_latency=st.booleans(),
    seed=st.integers(0, 1_000),
)
def test_hops_do_not_matter(
    frames: int, cuts: list[int], smoothing: bool, low_latency: bool, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    weights = rng.random((frames, 52)).astype(np.float32)
    audio = (rng.standard_normal(frames * SPAN // 3) * rng.choice([1e-4, 0.2])).astype(np.float32)
    live = a2e.Live(smoothing=smoothing, low_latency=low_latency, brows=True, head=True)
    whole = run(live, weights, audio, [])
    assert whole.shape == (frames, 55)
    assert np.array_equal(whole, run(live, weights, audio, cuts))


def smoothed(clip: Floats, kernel: Floats, ahead: int) -> Floats:
    """Frame by frame."""
    smoother = Smoother(kernel, ahead, clip.shape[1])
    steps = [smoother.step(clip[i : i + 1]) for i in range(len(clip))]
    return np.concatenate([*steps, smoother.finish()])


@pytest.mark.parametrize(("kernel", "ahead"), [(SMOOTHING, 1), (PROMPT_SMOOTHING, 0)])
@pytest.mark.parametrize("frames", [1, 2, 3, 4, 5, 30])
def test_smoothing_is_a_convolution_of_the_clip_with_still_ends(
    kernel: Floats, ahead: int, frames: int
) -> None:
    clip = np.random.default_rng(0).random((frames, 52)).astype(np.float32)
    reach = len(kernel) - 1 - ahead
    padded = np.pad(clip, ((reach, ahead), (0, 0)), "edge")
    columns = [np.convolve(column, kernel[::-1], "valid") for column in padded.T]
    expected = np.clip(np.transpose(columns), 0, 1)
    np.testing.assert_allclose(smoothed(clip, kernel, ahead), expected, atol=1e-6)


def test_smoothing_keeps_parabolas() -> None:
    """And so their peaks, in height and time."""
    curve = (1 - np.linspace(-1, 1, 20)[:, None] ** 2).astype(np.float32)
    np.testing.assert_allclose(smoothed(curve, SMOOTHING, 1)[3:-1], curve[3:-1], atol=1e-6)


def test_low_latency_is_a_quarter_of_a_frame_late() -> None:
    ramp = np.linspace(0, 1, 31, dtype=np.float32)[:, None]
    np.testing.assert_allclose(
        smoothed(ramp, PROMPT_SMOOTHING, 0)[1:], ramp[1:] - 0.25 / 30, atol=1e-6
    )


@pytest.mark.parametrize("smoothing", [False, True])
def test_the_mouth_rests_in_silence_and_is_open_when_the_voice_starts(smoothing: bool) -> None:
    volumes = np.repeat(np.float32([0.1, 0.0, 0.1]), 30)
    weights = np.full((90, 52), 0.5, np.float32)
    frames = run(
        a2e.Live(smoothing=smoothing, blinks=False, gaze=False), weights, tone(volumes), []
    )
    assert np.allclose(frames[:30, JAW], 0.5), "the first word is not swallowed"
    assert np.allclose(frames[30 + REST_FRAMES + 3 : 57, JAW], 0.5 * REST)
    assert np.allclose(frames[60:, JAW], 0.5), "no lag behind the voice"
    assert (frames[59, JAW] > 0.06) == smoothing, "the frame held back leads up to it"
    assert np.allclose(frames[:, BROW], 0.5), "only speech shapes rest"
    resting = [name for name, w in zip(ARKIT, frames[55], strict=True) if w < 0.4]
    assert set(resting) == set(SPEECH)


def openness(*runs: tuple[float, int]) -> Floats:
    """What the gate makes of runs of (volume, frames)."""
    return gated(np.concatenate([np.full(n, v, np.float32) for v, n in runs]))


def gated(volumes: Floats) -> Floats:
    voiced = [False] * len(volumes)  # no tones
    return Gate(0, FPS).step(Silence(FPS).step(volumes, voiced), voiced)


def test_stops_and_soft_speech_keep_the_mouth_open() -> None:
    stop = (0.0, REST_FRAMES - 1)
    assert np.allclose(openness((0.1, 30), stop, (0.1, 5)), 1)
    assert np.allclose(openness((0.1, 30), stop, (2 * SILENT, 5), stop), 1), "only in a row"


def test_the_gate_has_hysteresis() -> None:
    assert openness((0.1, 30), (0.0, 30), (1.5 * SILENT, 3))[-1] == pytest.approx(REST)
    assert openness((0.1, 30), (1.5 * SILENT, 3))[-1] == 1


@pytest.mark.parametrize("decibels", [-70, -55, -50, -46])
def test_the_floor_of_a_room_is_silence(decibels: float) -> None:
    rng = np.random.default_rng(0)
    room = (10 ** (decibels / 20) * rng.uniform(0.85, 1.15, 300)).astype(np.float32)
    speech = np.full(30, 0.1, np.float32)
    found = gated(np.concatenate((room, speech, room)))
    assert found[200:300].max() == pytest.approx(REST)
    assert np.allclose(found[300:330], 1)
    assert found[-100:].max() == pytest.approx(REST)


@pytest.mark.parametrize("volume", [0.0, 0.2])
@pytest.mark.parametrize("hop", [3, 9, 30])
def test_blinks_at_any_hop_in_speech_and_silence(volume: float, hop: int) -> None:
    minutes = 10
    frames = minutes * 60 * 30
    audio = tone(np.full(frames, volume, np.float32))
    cuts = list(range(0, frames // 3, hop // 3))
    both = run(a2e.Live(), np.zeros((frames, 52), np.float32), audio, cuts)
    lid = both[:, LID]
    blinks = np.count_nonzero((lid[1:] >= 0.7) & (lid[:-1] < 0.7))
    assert 15 <= blinks / minutes <= 21
    assert lid.max() > 0.85
    assert np.array_equal(lid, both[:, ARKIT.index("eyeBlinkRight")])


def test_blinks_are_seedable() -> None:
    clip = np.zeros((600, 52), np.float32), np.zeros(600 * SPAN // 3, np.float32)
    first, again, other = (run(a2e.Live(), *clip, [], seed=s) for s in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_brows_rise_where_the_voice_stays_loud() -> None:
    volumes = np.concatenate([np.full(60, LOUD / 2), np.full(60, LOUD * 2)]).astype(np.float32)
    weights = np.zeros((120, 52), np.float32)
    raised = run(a2e.Live(brows=True), weights, tone(volumes), [])[:, BROW]
    assert np.allclose(raised[:60], 0)
    assert raised[60:].max() > 0.3
    assert np.allclose(run(a2e.Live(), weights, tone(volumes), [])[:, BROW], 0)


def test_left_and_right_are_made_equal() -> None:
    weights = np.random.default_rng(0).random((30, 52)).astype(np.float32)
    frames = run(a2e.Live(), weights, np.ones(16_000, np.float32), [])
    left, right = ARKIT.index("mouthSmileLeft"), ARKIT.index("mouthSmileRight")
    assert np.array_equal(frames[:, left], frames[:, right])


def test_everything_can_be_switched_off() -> None:
    off = a2e.Live(silence=False, smoothing=False, symmetry=False, blinks=False, gaze=False)
    weights = np.random.default_rng(0).random((30, 52)).astype(np.float32)
    assert np.array_equal(run(off, weights, np.zeros(16_000, np.float32), []), weights)
    assert off.delay == 0


def test_frame_volumes_are_rms() -> None:
    audio = np.repeat(np.float32([0.5, -0.25, 0.0]), [533, 533, 534])
    np.testing.assert_allclose(frame_volumes(audio, 3), [0.5, 0.25, 0.0], atol=1e-3)
    assert frame_volumes(audio[:0], 0).shape == (0,)
