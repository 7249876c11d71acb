"""A voice in real time: audio as it comes to a stream, its frames to outputs, each at its time."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from numpy.typing import NDArray

from a2e.audio.microphone import BLOCK_SECONDS, Microphone
from a2e.outputs.clock import AudioClock
from a2e.outputs.encoder import FrameFormat
from a2e.outputs.output import Output
from a2e.stream import Stream

MARGIN = 0.04
"""Seconds that a hop's frames have to be computed."""
BEHIND = 0.5
"""Seconds behind the audio after which it is useless to hurry: the clock waits instead."""


def delay_of(stream: Stream) -> float:
    """Seconds from a moment of the audio to its frame."""
    return stream.latency + BLOCK_SECONDS + MARGIN


def play(
    stream: Stream,
    blocks: Iterable[NDArray[Any]],
    clock: AudioClock,
    outputs: Sequence[Output],
    watch: Callable[[NDArray[Any]], None] = lambda samples: None,
) -> None:
    """Sends the frames of blocks [n, channels] to all outputs, until the blocks end.

    Ctrl-C ends them, too. ``watch`` sees each block. An output that takes nothing
    is left behind; when none is left, it is over. Raises :class:`a2e.errors.A2EError`.
    """
    format = FrameFormat(stream.names, stream.fps)
    for output in outputs:
        output.begin(format, clock=clock, wait=delay_of(stream))
    for samples in until_interrupted(blocks):
        watch(samples)
        frames = stream.push(samples)
        for output in outputs:
            output.put(frames)
        if all(output.is_dead for output in outputs):
            break
    frames = stream.flush()
    for output in outputs:
        output.put(frames)
        output.end()


def until_interrupted(blocks: Iterable[NDArray[Any]]) -> Iterator[NDArray[Any]]:
    """Blocks until they end or Ctrl-C is pressed, which breaks into nothing but the waiting."""
    source, is_waiting, was_pressed = iter(blocks), False, False

    def press(*_: object) -> None:
        nonlocal was_pressed
        was_pressed = True
        if is_waiting:
            raise KeyboardInterrupt

    with _handled(press), suppress(KeyboardInterrupt):
        while not was_pressed:
            is_waiting = True
            samples = next(source, None)
            is_waiting = False
            if samples is None:
                return
            yield samples


@contextmanager
def _handled(press: Callable[..., None]) -> Iterator[None]:
    """Ctrl-C's handler within, where this is the process's main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, press)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def recorded(microphone: Microphone, rate: int, clock: AudioClock) -> Iterator[NDArray[Any]]:
    """What a microphone hears; it tells the clock."""
    taken = 0
    for block in microphone.blocks():
        taken += len(block.samples)
        clock.hear(taken / rate, block.arrival)
        yield block.samples


def paced(
    chunks: Iterable[NDArray[Any]],
    rate: int,
    clock: AudioClock,
    is_ready: Callable[[], bool] = lambda: True,
) -> Iterator[NDArray[Any]]:
    """Samples in blocks, each when its last sample's time has come.

    A source that is faster waits; one that stalls makes the clock wait: one that was not ready
    when it was asked for the next chunk, and gave it late.
    """
    source, taken, size = iter(chunks), 0, round(rate * BLOCK_SECONDS)
    while True:
        was_ready = is_ready()
        chunk = next(source, None)
        if chunk is None:
            return
        came = time.monotonic()
        if not was_ready or _is_behind(clock, taken / rate, came):
            clock.hear(taken / rate, came)
        for start in range(0, len(chunk), size):
            block = chunk[start : start + size]
            taken += len(block)
            assert clock.start is not None
            time.sleep(max(0.0, clock.start + taken / rate - time.monotonic()))
            yield block


def _is_behind(clock: AudioClock, seconds: float, now: float) -> bool:
    return clock.start is None or now > clock.start + seconds + BEHIND
