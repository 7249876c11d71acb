"""The frame clock: any cutting, any rate, any dtype; exact counts, honest latency."""

from __future__ import annotations

import threading
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import a2e
from a2e.arrays import Floats
from a2e.graph import Graph
from a2e.post.profile import Conditioner, unconditioned
from a2e.post.stages import frame_volumes

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


def test_any_cutting_gives_equal_frames_in_every_kind(carrying_model, speech) -> None:
    rng = np.random.default_rng(0)
    whole = carrying_model.animate(speech, 16_000, seed=0).weights
    for pieces in (1, 7, 300):
        cuts = rng.integers(0, len(speech), pieces).tolist()
        parts = streamed(carrying_model.stream(16_000, seed=0), cut(speech, cuts))
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


@pytest.mark.parametrize("post", [None, a2e.Live(), a2e.Live(low_latency=True)])
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
    assert stream.latency < 0.3 + 1 / 30 + 0.01


def test_latency_adds_up(model, ahead_model) -> None:
    assert model.stream(16_000, post=None).latency == pytest.approx(1.0)
    assert ahead_model.stream(16_000, post=None).latency == pytest.approx(0.3)
    assert ahead_model.stream(16_000).latency == pytest.approx(0.3 + 1 / 30)
    assert ahead_model.stream(16_000, post=a2e.Live(low_latency=True)).latency == pytest.approx(0.3)
    assert ahead_model.stream(24_000, post=None).latency == pytest.approx(0.3 + 56 / 16_000)


class VolumesAsWeights:
    """A profile that gives each frame its volume, to see where audio ends up."""

    delay = 0

    def conditioner(self, rate: int) -> Conditioner:
        return unconditioned

    def start(self, shapes: object, fps: int, random: object) -> VolumesAsWeights:
        return self

    def step(self, weights: Floats, audio: Floats, rate: int) -> Floats:
        volumes = frame_volumes(audio, len(weights))
        return np.repeat(volumes[:, None], weights.shape[1], axis=1)

    def finish(self) -> Floats:
        return np.zeros((0, 52), np.float32)


@pytest.mark.parametrize(("hop", "lookahead"), [(3, 6), (9, 3), (30, 9)])
def test_volumes_stand_at_their_frames(converted, hop: int, lookahead: int) -> None:
    audio = np.zeros(32_000, np.float32)
    audio[int(16_000 * 40.5 / 30)] = 1
    model = a2e.load(converted(hop, lookahead))
    found = model.animate(audio, 16_000, post=VolumesAsWeights()).weights[:, 0]
    assert np.flatnonzero(found).tolist() == [40]


@pytest.mark.parametrize(("hop", "lookahead"), [(3, 6), (9, 3), (30, 9)])
def test_weights_stand_at_their_frames(converted, speech, hop: int, lookahead: int) -> None:
    """What the graph gives for the time before the stream's start is dropped, no more, no less."""
    model = a2e.load(converted(hop, lookahead))
    found = model.animate(speech[:48_000], 16_000, style=3, post=None).weights
    shares, context = model.style(3)[None], model.initial_context()
    raw = []
    for start in range(0, 48_000 - model.spec.hop_samples + 1, model.spec.hop_samples):
        audio = speech[None, start : start + model.spec.hop_samples]
        weights, context = model.step(audio, shares, context)
        raw.append(weights[0])
    expected = np.concatenate(raw)[lookahead:]
    assert len(found) == 90
    assert np.array_equal(found[: len(expected)], expected)


def test_flush_starts_afresh(short_model, speech) -> None:
    stream = short_model.stream(16_000, post=a2e.Live(blinks=False, gaze=False))
    first = streamed(stream, [speech[:20_000]])
    assert np.array_equal(first, streamed(stream, [speech[:20_000]]))
    stream.push(speech[20_000:30_000])
    stream.reset()
    assert np.array_equal(first, streamed(stream, [speech[:20_000]]))


@pytest.mark.slow
def test_blinks_go_on_over_short_utterances(short_model) -> None:
    """A voice that comes in sentences of a second still blinks, each time at another moment."""
    lid = short_model.names.index("eyeBlinkLeft")
    open_eyes = a2e.Controls(offset={"eyeBlinkLeft": -0.6})  # the golden model half shuts them
    stream = short_model.stream(16_000, controls=open_eyes, seed=0)
    second = np.zeros(16_000, np.float32)
    closures = [streamed(stream, [second])[:, lid] for _ in range(200)]
    starts = [int(np.argmax(c > 0.2)) for c in closures if c.max() > 0.2]
    assert 40 <= len(starts) <= 80
    assert len(set(starts)) > 10


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


@pytest.mark.parametrize("kind", ["recompute", "hybrid", "cached"])
def test_a_batch_equals_its_singles(converted, kind: str) -> None:
    rng = np.random.default_rng(0)
    model = a2e.load(converted(3, 3, kind))
    spec = model.spec
    batch = 5
    styles = rng.dirichlet(np.ones(len(spec.styles)), batch).astype(np.float32)
    together, singles = model.initial_context(batch), [model.initial_context()] * batch
    for _ in range(4):
        audio = rng.uniform(-0.5, 0.5, (batch, spec.hop_samples)).astype(np.float32)
        weights, together = model.step(audio, styles, together)
        for i in range(batch):
            one, singles[i] = model.step(audio[i : i + 1], styles[i : i + 1], singles[i])
            np.testing.assert_allclose(weights[i], one[0], atol=1e-6)


@pytest.mark.slow
def test_minutes_in_one_push_are_taken_in_pieces(model) -> None:
    """It gives its frames, and needs little memory beside the samples themselves."""
    stream = model.stream(8_000, post=None)
    samples = np.zeros((600 * 8_000, 2), np.int16)
    tracemalloc.start()
    frames = len(stream.push(samples)) + len(stream.flush())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert frames == 600 * 30
    assert peak < 16e6, "the frames themselves are 4 MB and are joined once; as float64 mono, the "
    "samples would be 38"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["hybrid", "cached"])
def test_minutes_of_hops_leave_no_trace(converted, kind: str) -> None:
    """1,500 hops: the context keeps its shape and stays finite, memory does not grow."""
    model = a2e.load(converted(9, 3, kind))
    context = model.initial_context()
    shapes = {name: tensor.shape for name, tensor in context.items()}
    noise = voice(model.spec.hop_samples * 50, 16_000).reshape(50, 1, -1)
    style = model.style(None)[None]
    early = 0.0
    for hop in range(1_500):
        _, context = model.step(noise[hop % 50], style, context)
        if hop == 300:
            early = resident_megabytes()
    assert {name: tensor.shape for name, tensor in context.items()} == shapes
    assert all(np.isfinite(tensor).all() for tensor in context.values())
    assert resident_megabytes() - early < 1


def resident_megabytes() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1e3 for line in lines if line.startswith("VmRSS:"))


def test_inaudible_audio_is_silence_to_the_graph(short_model) -> None:
    """Denormals never reach it, on whatever thread it runs."""
    silence = short_model.animate(np.zeros(16_000, np.float32), 16_000, post=None).weights
    tiny = short_model.animate(np.full(16_000, 1e-16), 16_000, post=None).weights
    assert np.array_equal(tiny, silence)


def test_a_failed_call_closes_the_stream(short_model, monkeypatch) -> None:
    stream = short_model.stream(16_000)

    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(Graph, "step", fail)
    with pytest.raises(MemoryError):
        stream.push(np.zeros(16_000, np.float32))
    monkeypatch.undo()
    with pytest.raises(a2e.StreamClosedError):
        stream.push(np.zeros(16_000, np.float32))


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

    def test_masked_arrays_and_matrices(self, stream) -> None:
        masked = np.ma.masked_invalid(np.array([0.0, np.nan], np.float32))
        with pytest.raises(a2e.AudioTypeError, match=r"got MaskedArray. Use samples\.filled\(0\)"):
            stream.push(masked)
        with pytest.raises(a2e.AudioTypeError, match=r"got matrix. Use numpy\.asarray"):
            stream.push(np.matrix([0.0, 1.0]))
        assert len(stream.flush()) == 0

    def test_shapes(self, stream) -> None:
        with pytest.raises(a2e.AudioTypeError, match=r"\[n\] or \[n, channels\]"):
            stream.push(np.zeros((1, 2, 3), np.float32))
        with pytest.raises(a2e.AudioTypeError, match=r"If that is \[channels, n\], transpose it"):
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

    @pytest.mark.parametrize(
        "rate", [0, 7_999, 192_001, 16_000.5, -16_000, np.nan, "16000", None, True]
    )
    def test_rates(self, short_model, rate) -> None:
        with pytest.raises(a2e.AudioError, match="from 8000 to 192000 Hz"):
            short_model.stream(rate)

    @pytest.mark.parametrize("seed", [-1, "x", 1.5])
    def test_seeds(self, short_model, seed) -> None:
        with pytest.raises(a2e.OptionError, match="seed must be a whole number from 0 up; got"):
            short_model.stream(16_000, seed=seed)

    @pytest.mark.parametrize("post", ["live", a2e.Live, 3])
    def test_profiles(self, short_model, post) -> None:
        with pytest.raises(a2e.OptionError, match=r"such as a2e\.Live\(\) or a2e\.Upstream\(\)"):
            short_model.stream(16_000, post=post)

    @pytest.mark.parametrize("use", ["push", "flush", "reset"])
    def test_use_after_close(self, stream, use: str) -> None:
        with stream:
            pass
        with pytest.raises(a2e.StreamClosedError, match=r"open a new one with model\.stream"):
            stream.push(np.zeros(1, np.float32)) if use == "push" else getattr(stream, use)()
