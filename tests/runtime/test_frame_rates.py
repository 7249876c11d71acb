"""Frame rates and delays: how many frames, when they come, and that shut lips stay shut."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

import a2e
from a2e.post.closures import Closures
from a2e.post.moods import CLOSED_GAP
from a2e.post.retiming import Retiming, timing_of
from a2e.rates import parse_rate
from a2e.shapes import ARKIT

RATES = (24, 25, 30, 48, 50, 60, 120, 1, 240, "24000/1001", 29.97, "59.94")
RATE = 16_000


@pytest.mark.parametrize(
    ("value", "rate"),
    [
        (60, 60),
        (60.0, 60),
        ("60", 60),
        (23.976, Fraction(24_000, 1001)),
        ("23.98", Fraction(24_000, 1001)),
        (29.97, Fraction(30_000, 1001)),
        ("59.94", Fraction(60_000, 1001)),
        (Fraction(24_000, 1001), Fraction(24_000, 1001)),
        ("12.5", Fraction(25, 2)),
    ],
)
def test_rates_mean_what_film_means_by_them(value, rate) -> None:
    assert parse_rate(value) == rate
    assert isinstance(parse_rate(value), int) == (rate == int(rate))


@pytest.mark.parametrize(
    "value", [0, -24, 241, "1/0", "fast", "", math.nan, math.inf, True, "24001/1002", None, [60]]
)
def test_other_rates_are_refused(value) -> None:
    with pytest.raises(a2e.OptionError, match="fps must be a number from 1 to 240, or a fraction"):
        parse_rate(value)


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("delay", [0, -130, 77])
def test_any_cutting_gives_equal_frames_as_many_as_the_seconds_ask(
    ahead_model, speech, fps, delay
) -> None:
    audio = speech[: 2 * RATE + 1_234]
    clip = ahead_model.animate(audio, RATE, seed=1, fps=fps, delay=delay)
    assert len(clip) == math.ceil(Fraction(len(audio), RATE) * Fraction(clip.fps))
    stream = ahead_model.stream(RATE, seed=1, fps=fps, delay=delay)
    assert stream.fps == clip.fps
    rng = np.random.default_rng(3)
    cuts = np.sort(rng.integers(0, len(audio), 25))
    parts = [stream.push(part) for part in np.split(audio, cuts)]
    assert np.array_equal(np.concatenate((*parts, stream.flush())), clip.weights)


@pytest.mark.parametrize("fps", [24, 60, 29.97, 30])
@pytest.mark.parametrize("delay", [0, -50, 40, 900])
def test_frames_are_there_when_the_latency_says_and_not_before_their_time(
    ahead_model, speech, fps, delay
) -> None:
    stream = ahead_model.stream(RATE, fps=fps, delay=delay)
    given = 0
    for pushed in range(100, 2 * RATE, 100):
        given += len(stream.push(speech[pushed - 100 : pushed]))
        assert given <= math.ceil(Fraction(pushed, RATE) * Fraction(stream.fps))
        surely = math.floor((pushed / RATE - stream.latency) * stream.fps - 1e-9)
        assert given >= surely


def test_the_models_own_rate_costs_nothing_and_changes_nothing(ahead_model, speech) -> None:
    plain = ahead_model.animate(speech, RATE, seed=1)
    asked = ahead_model.animate(speech, RATE, seed=1, fps=30, delay=0.0, smooth={})
    assert np.array_equal(plain.weights, asked.weights)
    assert plain.fps == asked.fps == 30
    assert timing_of(30, 30, 0.0) is None


def test_a_whole_number_of_frames_of_delay_shifts_them(ahead_model, speech) -> None:
    plain = ahead_model.animate(speech, RATE, seed=1).weights
    later = ahead_model.animate(speech, RATE, seed=1, delay=100).weights
    earlier = ahead_model.animate(speech, RATE, seed=1, delay=-100).weights
    assert len(plain) == len(later) == len(earlier)
    assert np.array_equal(later[3:], plain[:-3])
    assert np.array_equal(earlier[:-3], plain[3:])
    assert np.array_equal(later[:3], np.repeat(plain[:1], 3, 0))
    assert np.array_equal(earlier[-3:], np.repeat(plain[-1:], 3, 0))


def chattering(frames: int) -> np.ndarray:
    """Lips that open and shut at random, often for a single frame, and lids that blink so."""
    rng = np.random.default_rng(0)
    weights = np.zeros((frames, len(ARKIT)), np.float32)
    open_now = rng.random(frames) < 0.6
    weights[:, ARKIT.index("jawOpen")] = np.where(open_now, rng.uniform(0.3, 0.9, frames), 0.5)
    weights[:, ARKIT.index("mouthClose")] = np.where(open_now, 0, rng.uniform(0.42, 0.5, frames))
    weights[:, ARKIT.index("mouthLowerDownLeft")] = np.where(open_now, 0.6, 0.05)
    weights[:, ARKIT.index("eyeBlinkLeft")] = rng.random(frames) < 0.1
    return weights


@pytest.mark.parametrize("fps", [12, 24, "24000/1001", 25, 29.97, 48, 50, 60, 120])
@pytest.mark.parametrize("delay", [0.0, 13.0])
def test_no_closure_opens_and_none_falls_between_frames(fps, delay) -> None:
    model, rate = chattering(600), parse_rate(fps)
    timing = timing_of(30, rate, delay)
    assert timing is not None
    found = Retiming(ARKIT, timing).step(model, 10_000)
    gap = Closures(ARKIT).gap
    shut, step = gap(model) < CLOSED_GAP, Fraction(30) / rate
    late = Fraction(round(delay), 1000)
    numbers = np.arange(len(found))
    shown = [int(((k + Fraction(1, 2)) / rate - late) * 30 // 1) for k in numbers.tolist()]
    within = [k for k in numbers if 0 <= shown[k] < len(model)]
    assert all(gap(found)[k] < CLOSED_GAP for k in within if shut[shown[k]])
    for j in np.flatnonzero(shut[:-8]):
        k = int((Fraction(2 * int(j) + 1, 60) + late) * rate // 1)
        assert gap(found)[k] < CLOSED_GAP
        if step > 1 and model[j, ARKIT.index("eyeBlinkLeft")] == 1:
            assert found[k, ARKIT.index("eyeBlinkLeft")] == 1
    assert found.min() >= 0
    assert found.max() <= 1


def test_a_peek_knows_the_rate(ahead_model, speech) -> None:
    stream, plain = (ahead_model.stream(RATE, seed=1, fps=60, smooth={"lower": 60}) for _ in "ab")
    for chunk in np.array_split(speech[:RATE], 4):
        assert np.array_equal(stream.push(chunk), plain.push(chunk))
        stream.peek()
    assert np.array_equal(stream.peek(), plain.flush())
    assert np.array_equal(stream.flush(), stream.flush()[:0]) is False


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fps": 0}, "fps must be"),
        ({"delay": 1_001}, "delay must be milliseconds from -1000 to 1000; got 1001"),
        ({"delay": "5"}, "delay must be milliseconds"),
        ({"delay": math.nan}, "delay must be milliseconds"),
        ({"smooth": {"mouth": 5}}, "there is no region 'mouth'"),
        ({"smooth": {"jaw": -1}}, "the smoothing of jaw must be a number from 0 to 1000; got -1"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(ahead_model, options, message) -> None:
    with pytest.raises(a2e.OptionError, match=message) as caught:
        ahead_model.stream(RATE, **options)
    assert "\n" not in str(caught.value)
