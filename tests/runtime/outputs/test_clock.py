"""The audio's clock: late audio makes it wait, early audio never hurries it, drift is followed."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from a2e.outputs.clock import SLEW, WINDOW, AudioClock

BLOCK = 0.02


@given(st.lists(st.floats(-5, 0), max_size=50))
def test_audio_that_is_early_changes_nothing(earlier: list[float]) -> None:
    clock = AudioClock()
    clock.hear(0.0, 100.0)
    for i, early in enumerate(earlier):
        clock.hear(i * BLOCK, 100 + i * BLOCK + early)
    assert clock.start == 100.0


@given(st.lists(st.floats(0, 3), min_size=1, max_size=50))
def test_the_latest_audio_sets_the_clock(late: list[float]) -> None:
    clock = AudioClock()
    for i, lateness in enumerate(late):
        clock.hear(i * BLOCK, 100 + i * BLOCK + lateness)
    assert clock.start is not None
    assert abs(clock.start - (100 + max(late))) < 1e-9


def test_a_devices_drift_is_followed_both_ways_and_jitter_stays_covered() -> None:
    """300 parts in a million, six times what cards differ by, for ten minutes, jitter of 8 ms."""
    random = np.random.default_rng(1)
    for drift in (-3e-4, 3e-4):
        clock, before = AudioClock(follows=True), None
        for i in range(30_000):
            now = i * BLOCK * (1 + drift) + random.uniform(0, 0.008)
            clock.hear(i * BLOCK, now)
            assert clock.start is not None
            assert clock.start >= now - i * BLOCK  # what is due has come
            if before is not None:
                assert clock.start - before >= -SLEW * 2 * BLOCK
            before = clock.start
        ends = 30_000 * BLOCK * drift + 0.008
        assert abs(clock.start - ends) < 2 * WINDOW * abs(drift) + 0.001


def test_it_never_begins_before_what_it_is_told() -> None:
    clock = AudioClock()
    clock.not_before(7.0)
    clock.not_before(5.0)
    assert clock.start == 7.0
