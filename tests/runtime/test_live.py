"""A voice in real time: outputs get the frames of ``Model.animate``, whatever comes when."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import a2e
from a2e.live import BEHIND, delay_of, paced, play
from a2e.outputs.address import parse_address
from a2e.outputs.clock import AudioClock
from a2e.outputs.output import Output
from tests.runtime.outputs.readers import address, arkit, read_livelink, receiver


@pytest.fixture(scope="module")
def bundled() -> a2e.Model:
    return a2e.load()


def test_outputs_get_the_frames_of_animate_bit_for_bit(bundled, speech, tmp_path: Path) -> None:
    voice = (speech[:16_000] * 32_767).astype(np.int16)
    expected = bundled.animate(voice, 16_000, seed=1)
    stream, clock = bundled.stream(16_000, seed=1), AudioClock()
    file = tmp_path / "face.ndjson"
    with receiver() as found:
        texts = [address("livelink", found), f"ndjson:{file}"]
        outputs = [Output(parse_address(text), print) for text in texts]
        play(stream, paced(np.array_split(voice, 5), 16_000, clock), clock, outputs)
        for output in outputs:
            output.close()
        packets = [read_livelink(found.recv(65_536)) for _ in expected.weights]
    assert np.array_equal([arkit(p, list(expected.names)) for p in packets], expected.weights)
    expected.save(tmp_path / "expected.ndjson")
    assert file.read_bytes() == (tmp_path / "expected.ndjson").read_bytes()


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(0, 900), max_size=6))
def test_pacing_loses_nothing_and_never_gives_audio_before_its_time(lengths: list[int]) -> None:
    rate, clock = 16_000, AudioClock()
    samples = np.arange(sum(lengths), dtype=np.int16)[:, None]
    chunks = np.split(samples, np.cumsum(lengths)[:-1]) if lengths else []
    taken = 0
    for block in paced(chunks, rate, clock):
        assert np.array_equal(block, samples[taken : taken + len(block)])
        taken += len(block)
        assert clock.start is not None
        assert time.monotonic() >= clock.start + taken / rate
    assert taken == len(samples)


def test_a_source_that_stalls_makes_the_clock_wait_and_a_ready_one_does_not() -> None:
    rate, ready = 16_000, [True]

    def slow():  # type: ignore[no-untyped-def]
        yield np.zeros((160, 1), np.int16)
        time.sleep(0.05)
        yield np.zeros((160, 1), np.int16)
        ready[0] = False
        time.sleep(0.05)
        yield np.zeros((160, 1), np.int16)

    clock, starts = AudioClock(), []
    for _ in paced(slow(), rate, clock, lambda: ready[0]):
        starts.append(clock.start)
        ready[0] = len(starts) < 2
    assert starts[0] == starts[1]
    assert starts[2] >= starts[1] + 0.05
    assert BEHIND > 0.1


def test_ctrl_c_ends_the_voice_and_its_frames_still_come(bundled, tmp_path: Path) -> None:
    def interrupted():  # type: ignore[no-untyped-def]
        yield np.zeros((4_800, 1), np.float32)
        raise KeyboardInterrupt

    file, clock = tmp_path / "face.ndjson", AudioClock()
    clock.hear(0.0, time.monotonic())
    output = Output(parse_address(f"ndjson:{file}"), print)
    play(bundled.stream(16_000), interrupted(), clock, [output])
    output.close()
    assert len(file.read_text().splitlines()) == 1 + 9


def test_the_delay_is_told_from_the_streams_latency(bundled) -> None:
    assert 0 < delay_of(bundled.stream(16_000)) - bundled.stream(16_000).latency < 0.1
