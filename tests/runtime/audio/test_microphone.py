"""What a microphone's callback keeps, and how its end is told; no device is needed."""

from __future__ import annotations

import time

import numpy as np
import pytest

from a2e.audio.microphone import WAITING_BLOCKS, Microphone
from a2e.errors import AudioError
from a2e.live import recorded
from a2e.outputs.clock import AudioClock


def test_blocks_come_in_order_and_tell_the_clock_until_the_device_has_gone() -> None:
    microphone, clock = Microphone(), AudioClock(follows=True)
    given = np.random.default_rng(2).uniform(-1, 1, (5, 320, 1)).astype(np.float32)
    before = time.monotonic()
    for block in given:
        microphone.hear(block, len(block), None, None)
    microphone.finish()
    heard = []
    with pytest.raises(AudioError, match="the microphone has gone"):
        for block in recorded(microphone, 16_000, clock):
            heard.append(block)
    assert np.array_equal(heard, given)
    assert clock.start is not None
    assert before - 0.1 <= clock.start <= time.monotonic()
    assert microphone.lost == 0


def test_loud_floats_are_clipped_and_the_devices_buffer_is_not_kept() -> None:
    microphone, buffer = Microphone(), np.full((4, 1), 1.5, np.float32)
    microphone.hear(buffer, 4, None, None)
    buffer[:] = 0
    assert next(microphone.blocks()).samples.max() == 1.0


def test_what_nobody_takes_is_counted() -> None:
    microphone, block = Microphone(), np.zeros((1, 1), np.float32)
    for _ in range(WAITING_BLOCKS + 7):
        microphone.hear(block, 1, None, None)
    microphone.hear(block, 1, None, "input overflow")
    microphone.finish()
    assert microphone.lost == 9
