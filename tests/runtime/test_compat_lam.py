"""The drop-in for upstream's ``infer_streaming_audio`` against upstream's outputs."""

from __future__ import annotations

import numpy as np
import pytest

import a2e
from a2e.arrays import Floats
from a2e.compat.lam import Audio2Expression

WITHIN = 1e-4


def stream(engine: Audio2Expression, audio: Floats, rate: int, chunk: int) -> Floats:
    context, frames = None, []
    for start in range(0, len(audio), chunk):
        result, context = engine.infer_streaming_audio(audio[start : start + chunk], rate, context)
        assert (result["code"], result["headpose"]) == (0, None)
        frames.append(result["expression"])
    return np.concatenate(frames)


@pytest.mark.parametrize("history", ["blank", "carry"])
def test_16k(model, golden, speech, history: str) -> None:
    """``stream_blank_raw``, ``stream_carry_raw`` and both ``_post``, the short last chunk too."""
    raw = Audio2Expression(model, history=history, style=3, post=None)
    np.testing.assert_allclose(
        stream(raw, speech, 16_000, 16_000), golden[f"stream_{history}_raw"], atol=WITHIN
    )
    finished = Audio2Expression(model, history=history, style=3, post=a2e.Upstream(blinks=False))
    np.testing.assert_allclose(
        stream(finished, speech, 16_000, 16_000), golden[f"stream_{history}_post"], atol=WITHIN
    )


def test_24k(model, golden, speech_24k) -> None:
    """``stream24k_blank_raw`` and ``stream24k_blank_post``."""
    whole = speech_24k[: 24_000 * 6]
    raw = Audio2Expression(model, history="blank", style=3, post=None)
    np.testing.assert_allclose(
        stream(raw, whole, 24_000, 24_000), golden["stream24k_blank_raw"], atol=WITHIN
    )
    finished = Audio2Expression(model, history="blank", style=3, post=a2e.Upstream(blinks=False))
    np.testing.assert_allclose(
        stream(finished, whole, 24_000, 24_000), golden["stream24k_blank_post"], atol=WITHIN
    )


def test_short_chunks(model, golden, speech) -> None:
    """``stream_carry_hop3_raw``, from a model with one-second hops."""
    engine = Audio2Expression(model, style=3, post=None)
    found = stream(engine, speech[:48_000], 16_000, 1_600)
    np.testing.assert_allclose(found, golden["stream_carry_hop3_raw"], atol=WITHIN)


@pytest.mark.parametrize("history", ["blank", "carry"])
def test_windows(model, golden, speech, history: str) -> None:
    """``stream_*_windows``: a chunk and its context are upstream's window."""
    engine = Audio2Expression(model, history=history, style=3, post=None)
    context = None
    for window in golden[f"stream_{history}_windows"]:
        chunk = window[-16_000:]
        result, context = engine.infer_streaming_audio(chunk, 16_000, context)
        weights, _ = model.step(
            window[None, -16_000:], model.style(3)[None], {"audio": window[None, :-16_000]}
        )
        np.testing.assert_array_equal(result["expression"], weights[0])


def test_long_chunks_are_taken_in_hops(model, speech) -> None:
    whole, hops = (Audio2Expression(model, style=3, seed=0) for _ in range(2))
    np.testing.assert_array_equal(
        stream(whole, speech, 16_000, len(speech)), stream(hops, speech, 16_000, 16_000)
    )


def test_a_context_can_be_used_twice(model, speech) -> None:
    """A host that retries a chunk gets the same frames."""
    engine = Audio2Expression(model, seed=0)
    _, context = engine.infer_streaming_audio(speech[:16_000], 16_000, None)
    first, _ = engine.infer_streaming_audio(speech[16_000:32_000], 16_000, context)
    again, _ = engine.infer_streaming_audio(speech[16_000:32_000], 16_000, context)
    np.testing.assert_array_equal(first["expression"], again["expression"])


def test_open_avatar_chats_calls(model, speech_24k) -> None:
    """Warm-up with a second of zeros, then slices of a second, a new context for each speech."""
    engine = Audio2Expression(model)
    warm, _ = engine.infer_streaming_audio(audio=np.zeros(24_000), ssr=24_000, context=None)
    assert warm["expression"].shape == (30, 52)
    for _ in range(2):
        context, frames = None, 0
        for start in range(0, 60_000, 24_000):
            piece = speech_24k[start : min(start + 24_000, 60_000)]
            result, context = engine.infer_streaming_audio(audio=piece, ssr=24_000, context=context)
            frames += len(result["expression"])
        assert frames == 75


def test_volumes_keep_step_with_frames(model, speech_24k) -> None:
    """A chunk of a frame and a bit gives two frames, but has one volume."""
    engine = Audio2Expression(model, seed=0)
    context, frames = None, 0
    for start in range(0, 20 * 801, 801):
        chunk = speech_24k[start : start + 801]
        result, context = engine.infer_streaming_audio(chunk, 24_000, context)
        frames += len(result["expression"])
    assert frames == 40


def test_a_heads_pose_has_its_own_place(model, speech) -> None:
    for head, shape in ((True, (30, 3)), (False, None)):
        post = a2e.Live(smoothing=False, head=head)
        engine = Audio2Expression(model, post=post, seed=1)
        result, _ = engine.infer_streaming_audio(speech[:16_000], 16_000)
        assert result["expression"].shape == (30, 52)
        assert (result["headpose"] is None) == (shape is None)
        assert shape is None or result["headpose"].shape == shape


def test_bad_models_and_histories(model, ahead_model) -> None:
    with pytest.raises(a2e.OptionError, match="recompute model without lookahead; got kind"):
        Audio2Expression(ahead_model)
    with pytest.raises(a2e.OptionError, match="'carry' or 'blank'; got 'both'"):
        Audio2Expression(model, history="both")
    with pytest.raises(a2e.AudioError, match="NaN or infinity"):
        Audio2Expression(model).infer_streaming_audio(np.full(9, np.nan), 16_000, None)
    with pytest.raises(a2e.OptionError, match="context must be None .* got dict"):
        Audio2Expression(model).infer_streaming_audio(np.zeros(9), 16_000, {"previous_audio": None})
    with pytest.raises(a2e.OptionError, match=r"holds 1 back; use a2e\.Upstream\(\)"):
        Audio2Expression(model, post=a2e.Live())
