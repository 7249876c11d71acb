"""The frame clock: any cutting, any rate, any dtype; exact counts, honest latency."""

from __future__ import annotations

import gc
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import a2e
from a2e.audio import Floats

RATES = [8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000, 96_000, 192_000]
DTYPES = [np.int16, np.float32, np.float64]


def voice(samples: int, rate: int, seed: int = 0) -> Floats:
    """Bursts of tones with pauses, float32 [samples]."""
    rng = np.random.default_rng(seed)
    time = np.arange(samples) / rate
    loud = np.repeat(rng.random(samples // (rate // 8) + 1) > 0.4, rate // 8)[:samples]
    tone = sum(np.sin(2 * np.pi * f * time) for f in rng.uniform(90, 2_000, 4)) / 8
    return (tone * loud + 1e-4 * rng.standard_normal(samples)).astype(np.float32)


def as_dtype(samples: Floats, dtype: type) -> np.ndarray:
    return (samples * 32_767).astype(np.int16) if dtype is np.int16 else samples.astype(dtype)


def cut(samples: np.ndarray, cuts: list[int]) -> list[np.ndarray]:
    return np.split(samples, sorted(c % (len(samples) + 1) for c in cuts))


def streamed(stream: a2e.Stream, chunks: list[np.ndarray]) -> Floats:
    return np.concatenate([*map(stream.push, chunks), stream.flush()])


@settings(max_examples=40, deadline=None)
@given(
    rate=st.sampled_from(RATES),
    dtype=st.sampled_from(DTYPES),
    channels=st.sampled_from([None, 1, 2]),
    seconds=st.floats(0.01, 1.5),
    cuts=st.lists(st.integers(0, 2**31), max_size=30),
    post=st.sampled_from([None, a2e.Live(brows=True), a2e.Upstream()]),
    seed=st.integers(0, 99),
)
def test_any_cutting_gives_equal_frames(
    short_model, rate, dtype, channels, seconds, cuts, post, seed
) -> None:
    samples = as_dtype(voice(max(1, int(seconds * rate)), rate, seed), dtype)
    if channels is not None:
        samples = np.repeat(samples[:, None], channels, axis=1)
    whole = short_model.animate(samples, rate, post=post, seed=seed).weights
    parts = streamed(short_model.stream(rate, post=post, seed=seed), cut(samples, cuts))
    assert len(whole) == -(-len(samples) * 30 // rate)
    assert np.array_equal(whole, parts)


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100])
def test_single_samples_are_chunks_too(ahead_model, rate: int) -> None:
    samples = voice(rate // 2, rate)
    whole = ahead_model.animate(samples, rate, seed=1).weights
    parts = streamed(ahead_model.stream(rate, seed=1), list(samples[:, None].reshape(-1, 1)))
    assert np.array_equal(whole, parts)


@pytest.mark.parametrize("post", [None, a2e.Live(), a2e.Upstream()])
@pytest.mark.parametrize("rate", [8_000, 12_345, 16_000, 44_100, 192_000])
def test_frames_are_counted_by_the_clock(ahead_model, rate: int, post) -> None:
    stream = ahead_model.stream(rate, post=post)
    for samples in (0, 1, rate // 30, rate // 30 + 1, rate // 10, rate + 7):
        frames = streamed(stream, [np.zeros(samples, np.float32)])
        assert frames.shape == (-(-samples * 30 // rate), 52)
        assert frames.dtype == np.float32


@pytest.mark.parametrize("post", [None, a2e.Live(), a2e.Live(smoothing=False)])
@pytest.mark.parametrize("rate", [8_000, 16_000, 24_000, 44_100, 96_000])
def test_latency_is_kept(ahead_model, rate: int, post) -> None:
    """Once ``latency`` seconds after a frame's start have been pushed, the frame has been given."""
    stream = ahead_model.stream(rate, post=post)
    chunk = rate // 100
    given_frames = 0
    for pushed in range(chunk, 2 * rate, chunk):
        given_frames += len(stream.push(np.zeros(chunk, np.float32)))
        due = np.floor((pushed / rate - stream.latency) * 30 + 1e-9) + 1
        assert given_frames >= due
    assert stream.latency < 0.3 + 2 / 30 + 0.13


def test_latency_adds_up(model, ahead_model) -> None:
    assert model.stream(16_000, post=None).latency == pytest.approx(1.0)
    assert ahead_model.stream(16_000, post=None).latency == pytest.approx(0.3)
    assert ahead_model.stream(16_000).latency == pytest.approx(0.3 + 2 / 30)
    assert 0.3 < ahead_model.stream(24_000, post=None).latency < 0.35


def test_lookahead_frames_stand_at_their_own_time(short_model, ahead_model, speech) -> None:
    """With lookahead the same clip gives the same number of frames, and correlated ones."""
    near = short_model.animate(speech, 16_000, style=3, post=None).weights
    far = ahead_model.animate(speech, 16_000, style=3, post=None).weights
    assert near.shape == far.shape
    shifts = range(-8, 9)
    centre = slice(10, -10)
    errors = [np.abs(np.roll(far, s, axis=0)[centre] - near[centre]).mean() for s in shifts]
    assert abs(shifts[int(np.argmin(errors))]) <= 1


def test_flush_starts_afresh(short_model, speech) -> None:
    stream = short_model.stream(16_000, seed=5)
    first = streamed(stream, [speech[:20_000]])
    assert np.array_equal(first, streamed(stream, [speech[:20_000]]))
    stream.push(speech[20_000:30_000])
    stream.reset()
    assert np.array_equal(first, streamed(stream, [speech[:20_000]]))


def test_streams_on_one_model_do_not_disturb_each_other(short_model, speech) -> None:
    alone = [
        short_model.animate(speech[i * 900 :], 16_000, style=i, seed=i).weights for i in range(6)
    ]
    found: dict[int, Floats] = {}

    def speak(i: int) -> None:
        stream = short_model.stream(16_000, style=i, seed=i)
        found[i] = streamed(stream, cut(speech[i * 900 :], [7_001 * i, 30_000]))

    threads = [threading.Thread(target=speak, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(found[i], alone[i]) for i in range(6))


def test_a_batch_equals_its_singles(ahead_model) -> None:
    rng = np.random.default_rng(0)
    spec = ahead_model.spec
    batch = 5
    styles = rng.dirichlet(np.ones(len(spec.styles)), batch).astype(np.float32)
    together, singles = ahead_model.initial_context(batch), [ahead_model.initial_context()] * batch
    for _ in range(4):
        audio = rng.uniform(-0.5, 0.5, (batch, spec.hop_samples)).astype(np.float32)
        weights, together = ahead_model.step(audio, styles, together)
        for i in range(batch):
            one, singles[i] = ahead_model.step(audio[i : i + 1], styles[i : i + 1], singles[i])
            np.testing.assert_allclose(weights[i], one[0], atol=1e-6)


def test_an_hour_in_one_push_is_taken_in_pieces(model) -> None:
    """The state stays small: an hour at 8 kHz gives its frames, and nothing is left behind."""
    stream = model.stream(8_000, post=None)
    hour = np.zeros(3_600 * 8_000, np.int16)
    frames = len(stream.push(hour)) + len(stream.flush())
    assert frames == 3_600 * 30
    gc.collect()


def test_quiet_and_denormal_audio_is_no_different(short_model) -> None:
    """Denormal samples give what silence gives, also on a thread older than the model."""
    silence = short_model.animate(np.zeros(16_000, np.float32), 16_000, post=None).weights
    tiny = short_model.animate(np.full(16_000, 1e-40, np.float32), 16_000, post=None).weights
    np.testing.assert_allclose(tiny, silence, atol=1e-6)


class TestBadInput:
    @pytest.fixture
    def stream(self, short_model) -> a2e.Stream:
        return short_model.stream(16_000)

    @pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
    def test_nan_and_infinity(self, stream, bad) -> None:
        with pytest.raises(a2e.AudioError, match="NaN or infinity"):
            stream.push(np.array([0.0, bad], np.float32))

    @pytest.mark.parametrize("dtype", [np.int32, np.uint8, np.float16, np.complex64, bool])
    def test_dtypes(self, stream, dtype) -> None:
        with pytest.raises(a2e.AudioTypeError, match="int16, float32 or float64"):
            stream.push(np.zeros(10, dtype))

    def test_bytes_and_lists(self, stream) -> None:
        with pytest.raises(a2e.AudioTypeError, match=r"got bytes.*numpy\.frombuffer"):
            stream.push(b"\0\0")
        with pytest.raises(a2e.AudioTypeError, match="got list"):
            stream.push([0.0])

    def test_shapes(self, stream) -> None:
        with pytest.raises(a2e.AudioTypeError, match=r"\[n\] or \[n, channels\]"):
            stream.push(np.zeros((1, 2, 3), np.float32))
        with pytest.raises(a2e.AudioTypeError, match="Transpose channel-first"):
            stream.push(np.zeros((2, 16_000), np.float32))

    def test_unscaled_floats(self, stream) -> None:
        with pytest.raises(a2e.AudioError, match="Divide by 32768"):
            stream.push(np.full(10, 12_000.0))

    def test_a_refused_chunk_leaves_no_trace(self, short_model, speech) -> None:
        stream = short_model.stream(16_000, seed=0)
        before = stream.push(speech[:5_000])
        with pytest.raises(a2e.AudioError):
            stream.push(np.full(100, np.nan))
        after = streamed(stream, [speech[5_000:]])
        clean = short_model.animate(speech, 16_000, seed=0).weights
        assert np.array_equal(np.concatenate((before, after)), clean)

    @pytest.mark.parametrize("rate", [0, 7_999, 192_001, 16_000.5, -16_000])
    def test_rates(self, short_model, rate) -> None:
        with pytest.raises(a2e.AudioError, match="from 8000 to 192000 Hz"):
            short_model.stream(rate)

    @pytest.mark.parametrize("use", ["push", "flush", "reset"])
    def test_use_after_close(self, stream, use: str) -> None:
        with stream:
            pass
        with pytest.raises(a2e.StreamClosedError, match=r"open a new one with model\.stream"):
            stream.push(np.zeros(1, np.float32)) if use == "push" else getattr(stream, use)()
