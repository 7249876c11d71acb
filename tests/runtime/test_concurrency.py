"""One call at a time: a stream that two threads use at once raises and loses nothing."""

from __future__ import annotations

import asyncio
import threading

import numpy as np
import pytest

import a2e
from a2e.graph import Graph


@pytest.fixture(scope="module")
def bundled() -> a2e.Model:
    return a2e.load()


@pytest.fixture
def held(monkeypatch) -> tuple[threading.Event, threading.Event]:
    """The first step of any graph waits: events for its having begun and for going on."""
    begun, go_on = threading.Event(), threading.Event()
    step = Graph.step

    def slow(*arguments: object) -> object:
        begun.set()
        assert go_on.wait(30)
        return step(*arguments)

    monkeypatch.setattr(Graph, "step", slow)
    return begun, go_on


CALLS = {
    "push": lambda stream: stream.push(np.zeros(100, np.float32)),
    "flush": lambda stream: stream.flush(),
    "peek": lambda stream: stream.peek(),
    "change": lambda stream: stream.change(style=0),
    "reset": lambda stream: stream.reset(),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_call_beside_another_is_refused(bundled, speech, held, call: str) -> None:
    begun, go_on = held
    stream = bundled.stream(16_000, seed=0)
    frames: list[np.ndarray] = []
    thread = threading.Thread(target=lambda: frames.append(stream.push(speech)))
    thread.start()
    assert begun.wait(30)
    with pytest.raises(a2e.StreamBusyError, match="this one did nothing"):
        CALLS[call](stream)
    go_on.set()
    thread.join()
    frames.append(stream.flush())
    whole = bundled.animate(speech, 16_000, seed=0).weights
    assert np.array_equal(np.concatenate(frames), whole)


def test_closing_beside_a_call_lets_it_end(bundled, speech, held) -> None:
    begun, go_on = held
    stream = bundled.stream(16_000)
    frames: list[np.ndarray] = []
    thread = threading.Thread(target=lambda: frames.append(stream.push(speech)))
    thread.start()
    assert begun.wait(30)
    stream.close()
    go_on.set()
    thread.join()
    assert len(frames[0]) > 100
    with pytest.raises(a2e.StreamClosedError):
        stream.flush()


def test_a_cancelled_push_runs_on(bundled, speech, held) -> None:
    """asyncio gives up waiting; its thread does not."""
    begun, go_on = held

    async def speak() -> None:
        stream = bundled.stream(16_000)
        task = asyncio.create_task(asyncio.to_thread(stream.push, speech))
        await asyncio.to_thread(begun.wait)
        task.cancel()
        with pytest.raises(a2e.StreamBusyError):
            await asyncio.to_thread(stream.push, speech)
        go_on.set()

    asyncio.run(speak())


def test_many_threads_lose_nothing_in_silence(bundled, speech) -> None:
    """Every chunk is taken whole or refused: the clock counts those that were taken."""
    stream = bundled.stream(16_000, post=None)
    taken: list[int] = []
    refused: list[int] = []

    def push() -> None:
        for start in range(0, 16_000, 400):
            try:
                taken.append(len(stream.push(speech[start : start + 400])))
            except a2e.StreamBusyError:
                refused.append(start)

    threads = [threading.Thread(target=push) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) + len(refused) == 160
    frames = sum(taken) + len(stream.flush())
    assert frames == -(-len(taken) * 400 * 30 // 16_000)


class TestReset:
    def frames(self, stream: a2e.Stream, speech: np.ndarray) -> np.ndarray:
        return np.concatenate((stream.push(speech), stream.flush()))

    def test_with_a_seed_it_is_a_fresh_stream(self, bundled, speech) -> None:
        speech = np.tile(speech, 3)
        fresh = self.frames(bundled.stream(16_000, seed=7), speech)
        stream = bundled.stream(16_000, seed=7)
        assert not np.array_equal(self.frames(stream, speech), self.frames(stream, speech)), (
            "blinks go on after a flush"
        )
        stream.push(speech[:20_000])
        stream.reset()
        assert np.array_equal(self.frames(stream, speech), fresh)

    def test_it_takes_another_seed(self, bundled, speech) -> None:
        speech = np.tile(speech, 3)
        stream = bundled.stream(16_000)
        for _ in range(2):
            stream.reset(seed=7)
            fresh = self.frames(bundled.stream(16_000, seed=7), speech)
            assert np.array_equal(self.frames(stream, speech), fresh)
        stream.reset()
        assert np.array_equal(self.frames(stream, speech), fresh)

    def test_a_seed_that_cannot_be_changes_nothing(self, bundled, speech) -> None:
        stream = bundled.stream(16_000, seed=1)
        frames = [stream.push(speech[:10_000])]
        with pytest.raises(a2e.OptionError, match="seed must be"):
            stream.reset(seed=-1)
        frames.append(self.frames(stream, speech[10_000:]))
        whole = bundled.animate(speech, 16_000, seed=1).weights
        assert np.array_equal(np.concatenate(frames), whole)
