"""The client against a real service: all frames, through interruptions and broken lines."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

import numpy as np
import pytest

import a2e
from a2e.client import Client, Ended, Event, Frames, Interrupted
from a2e.errors import ServiceError
from tests.runtime.client.conftest import line
from tests.runtime.serve.conftest import Served, count, serving

T = TypeVar("T")
SECONDS = 30


def run(scene: Callable[[], Awaitable[T]]) -> T:
    async def timed() -> T:
        async with asyncio.timeout(SECONDS):
            return await scene()

    return asyncio.run(timed())


def client(url: str, **fields: Any) -> Client:
    return Client(url, **{"rate": 24_000, "seed": 7, **fields})


async def until(found: Client, kind: type[Event]) -> list[Event]:
    """The events up to the first of this kind."""
    events = []
    async for event in found:
        events.append(event)
        if isinstance(event, kind):
            break
    return events


def weights(events: list[Event], speech: int = 0) -> np.ndarray:
    """All frames of a speech; none may be missing or come twice."""
    parts = [event for event in events if isinstance(event, Frames) and event.speech == speech]
    assert [part.first for part in parts] == np.cumsum([0, *(len(p.weights) for p in parts)])[
        :-1
    ].tolist()
    return np.concatenate([part.weights for part in parts])


def test_a_speech_has_the_librarys_frames(served: Served, bundled, voice) -> None:
    async def scene() -> np.ndarray:
        async with client(served.live) as found:
            assert found.ready.names == bundled.names
            assert found.ready.fps == 30
            return await found.say(voice)

    assert np.array_equal(run(scene), bundled.animate(voice, 24_000, seed=7).weights)


@pytest.mark.parametrize("sample_format", ["int16", "float32"])
def test_formats(served: Served, bundled, voice, sample_format: str) -> None:
    samples = voice if sample_format == "int16" else (voice / 32_768).astype(np.float32)

    async def scene() -> np.ndarray:
        async with client(served.live, sample_format=sample_format) as found:
            with pytest.raises(a2e.AudioTypeError, match="expected samples of"):
                await found.push(voice.astype(np.int32))
            return await found.say(samples.tobytes())

    assert np.array_equal(run(scene), bundled.animate(samples, 24_000, seed=7).weights)


def test_speeches_in_a_row(served: Served, voice) -> None:
    lengths = [2_400, 24_001, 1, 0, 30_000]

    async def scene() -> list[tuple[int, int]]:
        async with client(served.live) as found:
            for length in lengths:
                await found.push(voice[:length])
                await found.end()
            events: list[Event] = []
            for _ in lengths:
                events += await until(found, Ended)
            return [(e.speech, e.frames) for e in events if isinstance(e, Ended)]

    assert run(scene) == [(n, count(length, 24_000)) for n, length in enumerate(lengths)]


def test_a_whole_speech_of_minutes_at_once(served: Served, voice) -> None:
    samples = np.tile(voice, 50)

    async def scene() -> int:
        async with client(served.live) as found:
            return len(await found.say(samples))

    assert run(scene) == count(len(samples), 24_000)


def test_no_frame_of_an_interrupted_speech_follows(served: Served, voice) -> None:
    async def scene() -> tuple[list[Event], int]:
        async with client(served.live) as found:
            await found.push(np.tile(voice, 4))
            await until(found, Frames)
            await found.interrupt()
            assert found.speech == 1
            await found.push(voice)
            await found.end()
            return await until(found, Ended), found.speech

    events, speech = run(scene)
    assert isinstance(events[0], Interrupted)
    assert {event.speech for event in events} == {1}
    assert len(weights(events, 1)) == count(len(voice), 24_000)
    assert speech == 2


def test_a_change_of_the_face(served: Served, voice) -> None:
    async def scene() -> np.ndarray:
        async with client(served.live) as found:
            await found.change(mute=["jawOpen"])
            return (await found.say(voice))[:, found.ready.names.index("jawOpen")]

    assert not run(scene).any()


@pytest.mark.parametrize("cut_after", [0.3, 1.0, 1.9])
def test_a_line_that_breaks_costs_no_frame(served: Served, bundled, voice, cut_after) -> None:
    """With raw post-processing, which chance has no part in, the frames are those of one line."""
    edge = int(cut_after * 24_000)

    async def scene() -> tuple[list[Event], int]:
        async with line(served) as cable, client(cable.url, post="raw") as found:
            await found.push(voice[:edge])
            with suppress(TimeoutError):
                async with asyncio.timeout(0.3):
                    events = []
                    async for event in found:
                        events.append(event)
            cable.cut()
            await found.push(voice[edge:])
            await found.end()
            return events + await until(found, Ended), cable.connections

    events, connections = run(scene)
    assert connections == 2
    expected = bundled.animate(voice, 24_000, post=None).weights
    assert events[-1] == Ended(0, len(expected), pytest.approx(len(voice) / 24_000, abs=1e-5))
    assert np.array_equal(weights(events), expected)


def test_a_line_that_breaks_in_a_long_speech(served: Served, bundled, voice) -> None:
    """Only its last seconds are said again, so frames there differ a little; none is missing."""
    samples = np.tile(voice, 6)

    async def scene() -> list[Event]:
        async with line(served) as cable, client(cable.url, post="raw") as found:
            events: list[Event] = []
            for first in range(0, len(samples), 48_000):
                await found.push(samples[first : first + 48_000])
                events += await until(found, Frames)
                if first == 4 * 48_000:
                    cable.cut()
            await found.end()
            return events + await until(found, Ended)

    events = run(scene)
    expected = bundled.animate(samples, 24_000, post=None).weights
    found = weights(events)
    assert found.shape == expected.shape
    assert np.abs(found - expected).mean() < 0.01


def test_a_service_that_restarts(voice) -> None:
    """The client waits until there is one again."""
    from tests.harness.server import free_port, server

    port = free_port()

    async def scene() -> list[Event]:
        loop = asyncio.get_running_loop()
        with server(port=port) as first:
            found = client(first.live)
            await found.__aenter__()
            await found.push(voice[:24_000])
            events = await until(found, Frames)
            first.process.terminate()
            await loop.run_in_executor(None, first.wait)
        second = server(port=port)
        await loop.run_in_executor(None, second.__enter__)
        try:
            await found.push(voice[24_000:])
            await found.end()
            return events + await until(found, Ended)
        finally:
            await found.close()
            second.__exit__(None, None, None)

    assert len(weights(run(scene))) == count(len(voice), 24_000)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"rate": 100}, "bad_audio"),
        ({"mood": {"joi": 1.0}}, "bad_request"),
        ({"x": 1}, "bad_request"),
    ],
)
def test_refusals_are_errors(served: Served, fields: dict[str, Any], code: str) -> None:
    async def scene() -> None:
        async with client(served.live, **fields):
            pass

    with pytest.raises(ServiceError) as caught:
        run(scene)
    assert caught.value.code == code


def test_keys() -> None:
    async def scene(url: str, key: str | None) -> int:
        async with client(url, key=key) as found:
            return len(await found.say(np.zeros(2_400, np.int16)))

    with serving(api_key="secret") as served:
        assert run(lambda: scene(served.live, "secret")) == 3
        for key in (None, "other"):
            with pytest.raises(ServiceError) as caught:
                run(lambda key=key: scene(served.live, key))
            assert caught.value.code == "bad_key"


def test_nobody_there() -> None:
    async def scene(url: str) -> None:
        async with client(url):
            pass

    for url in ("ws://127.0.0.1:1/ws/a2e", "ws://no-such-host.invalid/ws/a2e", "nonsense"):
        with pytest.raises(ServiceError, match="Is a2e serve running there") as caught:
            run(lambda url=url: scene(url))
        assert caught.value.code == "unreachable"


def test_a_service_that_stays_away(voice) -> None:
    async def scene(served: Served) -> None:
        async with line(served) as cable, client(cable.url, patience=0) as found:
            await found.push(voice)
            cable.cut()
            await until(found, Ended)

    with serving() as served, pytest.raises(ServiceError):
        run(lambda: scene(served))


def test_a_voice_that_has_to_wait(voice) -> None:
    """All places are taken until another client leaves."""

    async def scene(served: Served) -> int:
        first = client(served.live)
        async with first:
            waiting = asyncio.create_task(client(served.live).__aenter__())
            await asyncio.sleep(0.3)
            assert not waiting.done()
        second = await waiting
        try:
            return len(await second.say(voice))
        finally:
            await second.close()

    with serving(max_streams=1) as served:
        assert run(lambda: scene(served)) == count(len(voice), 24_000)


def test_closing_ends_the_iteration(served: Served) -> None:
    async def scene() -> list[Event]:
        found = client(served.live)
        async with found:
            listening = asyncio.create_task(until(found, Ended))
            await asyncio.sleep(0.1)
        return await listening

    assert run(scene) == []
