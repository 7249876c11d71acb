"""Resampling: aligned, whatever the cutting, and honest about what it holds back."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from a2e.arrays import Floats
from a2e.audio.resample import Resampler, resampler_delay

TARGET = 16_000
RATES = (8_000, 11_025, 22_050, 24_000, 44_100, 48_000, 192_000)


def tone(rate: int, seconds: float, frequency: float = 440.0) -> Floats:
    return np.sin(2 * np.pi * frequency * np.arange(int(rate * seconds)) / rate).astype(np.float32)


def whole(samples: Floats, rate: int, target: int = TARGET) -> Floats:
    resampler = Resampler(rate, target)
    return np.concatenate((resampler.push(samples), resampler.finish()))


@pytest.mark.parametrize("rate", RATES)
def test_output_stands_at_its_time(rate: int) -> None:
    resampled = whole(tone(rate, 1.0), rate)
    assert resampled.dtype == np.float32
    assert abs(len(resampled) - TARGET) <= 1
    middle = slice(TARGET // 4, 3 * TARGET // 4)  # a tone that begins rings at its ends
    np.testing.assert_allclose(resampled[middle], tone(TARGET, 1.0)[middle], atol=2e-3)


@pytest.mark.parametrize("rate", [8_000, 24_000, 44_100])
@given(cuts=st.lists(st.integers(0, 12_000), max_size=8))
@settings(max_examples=20, deadline=None)
def test_any_cutting_gives_equal_samples(rate: int, cuts: list[int]) -> None:
    samples = np.random.default_rng(0).normal(0, 0.1, 12_000).astype(np.float32)
    resampler = Resampler(rate, TARGET)
    parts = [resampler.push(part) for part in np.split(samples, sorted(cuts))]
    np.testing.assert_array_equal(
        np.concatenate([*parts, resampler.finish()]), whole(samples, rate)
    )


def test_the_models_own_rate_passes_through() -> None:
    samples = tone(TARGET, 0.1)
    resampler = Resampler(TARGET, TARGET)
    assert resampler.push(samples) is samples
    assert len(resampler.rest()) == len(resampler.finish()) == 0
    assert resampler_delay(TARGET, TARGET) == 0


@pytest.mark.parametrize("rate", RATES)
def test_no_more_than_the_delay_is_held_back(rate: int) -> None:
    """To a millisecond, the step in which the delay is sought."""
    resampler = Resampler(rate, TARGET)
    delay = resampler_delay(rate, TARGET)
    step = rate // 1_000
    pushed = given = 0
    for part in np.split(tone(rate, 1.0)[: 1_000 * step], 1_000):
        pushed += len(part)
        assert pushed / rate - given / TARGET <= delay + 1e-3
        given += len(resampler.push(part))
    assert 0 < delay < 0.2


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("seconds", [0.003, 0.2, 1.7])
def test_rest_is_what_finish_gives(rate: int, seconds: float) -> None:
    """To rounding, on signals shorter and longer than what is remembered; the signal goes on."""
    samples = np.random.default_rng(1).normal(0, 0.1, int(rate * seconds)).astype(np.float32)
    resampler, untouched = Resampler(rate, TARGET), Resampler(rate, TARGET)
    for part in np.array_split(samples, 7):
        np.testing.assert_array_equal(resampler.push(part), untouched.push(part))
        resampler.rest()
    rest, finish = resampler.rest(), resampler.finish()
    assert len(rest) == len(finish)
    np.testing.assert_allclose(rest, finish, atol=1e-6)
    np.testing.assert_array_equal(finish, untouched.finish())


def test_the_memory_of_rest_is_bounded() -> None:
    resampler = Resampler(44_100, TARGET)
    for _ in range(50):
        resampler.push(tone(44_100, 0.1))
        ticks = math.gcd(44_100, TARGET)
        assert len(resampler._recent) <= 0.5 * 44_100 + 44_100 // ticks
