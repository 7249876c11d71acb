"""Resampling: aligned, exact whatever the cutting, clean, and honest about what it holds back."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from a2e.arrays import Floats
from a2e.audio.lowpass import LOWPASS, MAX_PHASES, SAMPLE_BITS, TAP_BITS, Ratio
from a2e.audio.resample import Resampler, resampler_delay

TARGET = 16_000
RATES = (8_000, 11_025, 22_050, 24_000, 44_100, 48_000, 192_000)
ODD_RATES = (15_999, 16_001, 44_056)
"""Their ratios to 16 kHz have too many phases for a matrix each."""


def tone(rate: int, seconds: float, frequency: float = 440.0) -> Floats:
    return np.sin(2 * np.pi * frequency * np.arange(int(rate * seconds)) / rate).astype(np.float32)


def noise(samples: int) -> Floats:
    return np.random.default_rng(0).uniform(-1, 1, samples).astype(np.float32)


def whole(samples: Floats, rate: int, target: int = TARGET) -> Floats:
    resampler = Resampler(rate, target)
    return np.concatenate((resampler.push(samples), resampler.finish()))


def by_definition(samples: Floats, rate: int, target: int) -> Floats:
    """The docstring of ``a2e.audio.lowpass``, in whole numbers."""
    low, common = min(rate, target), math.gcd(rate, target)
    count = -(-len(samples) * target // rate)
    ticks = np.arange(count)[:, None] * (rate // common)  # of common / target samples
    distances = (ticks - np.arange(len(samples)) * (target // common)) / (target // common)
    cutoff = LOWPASS.rolloff * low / rate
    inside = 1 - (distances * low / rate / LOWPASS.half_width) ** 2
    window = np.i0(LOWPASS.beta * np.sqrt(np.maximum(0, inside))) / np.i0(LOWPASS.beta)
    taps = np.where(inside > 0, cutoff * np.sinc(cutoff * distances) * window, 0)
    whole_taps = np.rint(taps * 2.0**TAP_BITS).astype(np.int64).astype(object)
    heights = np.rint(samples * 2.0**SAMPLE_BITS).astype(np.int64).astype(object)
    sums = (whole_taps @ heights).astype(np.float64)
    return (sums / 2.0 ** (SAMPLE_BITS + TAP_BITS)).astype(np.float32)


@pytest.mark.parametrize(
    ("rate", "target"), [(24_000, 16_000), (48_000, 16_000), (11_025, 16_000), (8_000, 24_000)]
)
def test_every_bit_is_as_defined(rate: int, target: int) -> None:
    samples = noise(600)
    np.testing.assert_array_equal(
        whole(samples, rate, target), by_definition(samples, rate, target)
    )


@pytest.mark.parametrize("rate", ODD_RATES)
def test_odd_rates_are_near_the_definition(rate: int) -> None:
    samples = noise(300)
    assert Ratio.of(rate, TARGET).phases > MAX_PHASES
    np.testing.assert_allclose(
        whole(samples, rate), by_definition(samples, rate, TARGET), atol=2e-5
    )


@pytest.mark.parametrize("rate", [*RATES, *ODD_RATES])
def test_output_stands_at_its_time(rate: int) -> None:
    resampled = whole(tone(rate, 1.0), rate)
    assert resampled.dtype == np.float32
    assert len(resampled) == TARGET
    middle = slice(TARGET // 4, 3 * TARGET // 4)  # a tone that begins rings at its ends
    np.testing.assert_allclose(resampled[middle], tone(TARGET, 1.0)[middle], atol=1e-4)


@pytest.mark.parametrize("rate", [*RATES, *ODD_RATES])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_the_band_passes_unchanged(rate: int, share: float) -> None:
    """Up to 29/32 of half the lower rate, within 80 dB: its gain, and what comes beside it."""
    frequency = share * 29 / 32 / 0.9 * min(rate, TARGET) / 2
    middle = slice(TARGET // 8, TARGET // 4)
    error = (whole(tone(rate, 0.5, frequency), rate) - tone(TARGET, 0.5, frequency))[middle]
    assert np.abs(error).max() < 1e-4


@pytest.mark.parametrize("rate", [rate for rate in (*RATES, *ODD_RATES) if rate > TARGET * 1.01])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.1, 0.3, 0.7, 0.99])
def test_nothing_folds_back(rate: int, share: float) -> None:
    """Tones over half the new rate are 80 dB down."""
    frequency = TARGET / 2 + share * (rate - TARGET) / 2
    folded = whole(tone(rate, 0.5, frequency), rate)[TARGET // 8 : TARGET // 4]
    assert np.abs(folded).max() < 1e-4


@pytest.mark.parametrize("rate", [8_000, 24_000, 44_056, 44_100])
@given(cuts=st.lists(st.integers(0, 12_000), max_size=8))
@settings(max_examples=20, deadline=None)
def test_any_cutting_gives_equal_samples(rate: int, cuts: list[int]) -> None:
    samples = noise(12_000)
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


@pytest.mark.parametrize("rate", [*RATES, *ODD_RATES])
def test_no_more_than_the_delay_is_held_back(rate: int) -> None:
    resampler = Resampler(rate, TARGET)
    delay = resampler_delay(rate, TARGET)
    step = rate // 1_000
    pushed = given = 0
    for part in np.split(tone(rate, 1.0)[: 1_000 * step], 1_000):
        pushed += len(part)
        given += len(resampler.push(part))
        assert pushed / rate - given / TARGET <= delay + 1e-9
    assert 0 < delay <= 0.01


@pytest.mark.parametrize("rate", [8_000, 44_100])
def test_batches_come_whole_and_no_later(rate: int) -> None:
    single, batched = Resampler(rate, TARGET), Resampler(rate, TARGET, batch=400)
    given = due = 0
    for part in np.split(noise(rate), 100):
        due += len(single.push(part))
        given += len(batched.push(part))
        assert given == due - due % 400
    assert given + len(batched.finish()) == TARGET


@pytest.mark.parametrize("rate", [*RATES, *ODD_RATES])
@pytest.mark.parametrize("seconds", [0, 0.003, 0.2])
def test_rest_is_what_finish_gives(rate: int, seconds: float) -> None:
    samples = noise(int(rate * seconds))
    resampler, untouched = Resampler(rate, TARGET), Resampler(rate, TARGET)
    for part in np.array_split(samples, 7):
        np.testing.assert_array_equal(resampler.push(part), untouched.push(part))
        resampler.rest()
    rest, finish = resampler.rest(), resampler.finish()
    np.testing.assert_array_equal(rest, finish)
    np.testing.assert_array_equal(finish, untouched.finish())


def test_its_memory_is_bounded() -> None:
    resampler = Resampler(44_100, TARGET)
    for _ in range(50):
        resampler.push(tone(44_100, 0.1))
        assert len(resampler._input) < 0.01 * 44_100
