"""Makes every fault once against a real server and prints what it did.

    python -m benchmarks.faults

Fails if a fault was not answered as docs/service.md says. A well-behaved client speaks all the
while, and must have the library's own frames, bit for bit. At the end the server is told to stop
in mid-speech.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from typing import NamedTuple

import numpy as np
import soundfile
from websockets.exceptions import ConnectionClosed

import a2e
from a2e.arrays import Floats
from a2e.data import SPEECH
from benchmarks.faults import FAULTS, KEY, LIMITS, SECRET, Target
from benchmarks.server import Process, server

CHUNK_SECONDS = 0.1
RATE = 16_000


class Row(NamedTuple):
    """One fault."""

    name: str
    outcome: str
    seconds: float
    good: bool


def main() -> None:
    options = [f"--{name.replace('_', '-')}={value}" for name, value in LIMITS.items()]
    with server([*options, "--api-key", KEY]) as served:
        rows = asyncio.run(run(served))
        rows.append(no_secrets(served))
    for row in rows:
        print(f"{'ok ' if row.good else 'BAD'}  {row.name:44} {row.outcome} ({row.seconds:.1f} s)")
    bad = sum(not row.good for row in rows)
    print(f"{len(rows)} faults, {bad} not as documented")
    sys.exit(bad > 0)


async def run(served: Process) -> list[Row]:
    target = Target(served.url)
    speaking = asyncio.Event()
    speaking.set()
    bystander = asyncio.create_task(speak(target, speaking))
    rows = [await made(name, target) for name in FAULTS]
    memory = served.memory()
    speaking.clear()
    rows.append(await told("meanwhile, a well-behaved client", bystander))
    rows.append(await told("SIGTERM in mid-speech", drain(served, target)))
    print(f"memory after all of it: {memory}")
    return rows


async def made(name: str, target: Target) -> Row:
    return await told(name, FAULTS[name](target))


async def told(name: str, outcome: asyncio.Task[str] | object) -> Row:
    start = time.monotonic()
    try:
        text, good = await outcome, True  # type: ignore[misc]
    except Exception as error:
        text, good = f"{type(error).__name__}: {error}", False
    return Row(name, str(text), time.monotonic() - start, good)


async def speak(target: Target, speaking: asyncio.Event) -> str:
    """Speaks at the pace of speech until told to end; its frames must be the library's."""
    voice, _ = soundfile.read(SPEECH, dtype="int16")
    chunk = int(RATE * CHUNK_SECONDS)
    samples: list[Floats] = []
    async with target.talk(rate=RATE, output="binary", seed=0) as connection:
        frames = asyncio.create_task(receive(connection))
        number = 0
        start = time.monotonic()
        while speaking.is_set():
            part = np.take(voice, np.arange(chunk) + number * chunk, mode="wrap")
            samples.append(part)
            await connection.send(part.tobytes())
            number += 1
            await asyncio.sleep(start + number * CHUNK_SECONDS - time.monotonic())
        await connection.send('{"type": "end"}')
        found, latest = await frames
    expected = a2e.load().animate(np.concatenate(samples), RATE, seed=0).weights
    assert np.array_equal(found, expected), "its frames differ from the library's"
    return f"{len(found)} frames, bit-equal to the library's, never more than {latest:.1f} s apart"


async def receive(connection: object) -> tuple[Floats, float]:
    """All frames of a speech, and the longest time between two messages of frames, rounded up."""
    frames = []
    latest = 0.0
    last = time.monotonic()
    async for message in connection:  # type: ignore[attr-defined]
        if isinstance(message, bytes):
            latest, last = max(latest, time.monotonic() - last), time.monotonic()
            frames.append(np.frombuffer(message, "<f4", offset=16).reshape(-1, 52))
        elif json.loads(message)["type"] == "end":
            break
    return np.concatenate(frames), np.ceil(latest * 10) / 10


async def drain(served: Process, target: Target) -> str:
    """SIGTERM while two clients speak: one ends its speech in time, one goes on for ever."""
    results = await asyncio.gather(
        *(until_stopped(target, ends=ends) for ends in (True, False)), stop(served)
    )
    assert results[-1] == 0, f"exit status {results[-1]}"
    told_frames = ", ".join(map(str, results[:-1]))
    return f"both told end and closed with 1012 ({told_frames} frames, none lost); exit status 0"


async def stop(served: Process) -> int:
    await asyncio.sleep(0.5)
    served.process.send_signal(signal.SIGTERM)
    return await asyncio.to_thread(served.wait)


async def until_stopped(target: Target, *, ends: bool) -> int:
    frames = 0
    end = None
    async with target.talk(rate=RATE) as connection:

        async def say() -> None:
            for number in range(100):
                if ends and number == 10:
                    await connection.send('{"type": "end"}')
                    return
                await connection.send(bytes(2 * int(RATE * CHUNK_SECONDS)))
                await asyncio.sleep(CHUNK_SECONDS)

        saying = asyncio.create_task(say())
        try:
            async for message in connection:
                answer = json.loads(message)
                if answer["type"] == "frames":
                    assert answer["first"] == frames
                    frames += len(answer["weights"])
                end = answer if answer["type"] == "end" else end
        except ConnectionClosed:
            pass
        saying.cancel()
    assert end is not None, "expected an end message"
    assert end["frames"] == frames == np.ceil(end["seconds"] * 30)
    assert connection.close_code == 1012, connection.close_code
    return frames


def no_secrets(served: Process) -> Row:
    """Nothing that a client sent is in the log."""
    found = [
        word for word in (KEY, SECRET, "/api", "/ws", "AAAA") for li in served.log if word in li
    ]
    lines = len(served.log)
    return Row("the log", f"{lines} lines, no key, id, path or audio {found}", 0, not found)


if __name__ == "__main__":
    main()
