"""Makes every fault once against a real server and prints what it did.

    python -m benchmarks faults

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
from collections.abc import Awaitable
from typing import NamedTuple

import numpy as np
import soundfile
from websockets.asyncio.client import ClientConnection

import a2e
from a2e.arrays import Floats
from a2e.data import SPEECH
from tests.harness.faults import FAULTS, KEY, LIMITS, SECRET, Target
from tests.harness.faults.drain import CHUNK_SECONDS, RATE, until_stopped
from tests.harness.server import Process, server


class Result(NamedTuple):
    """The outcome of one fault."""

    name: str
    outcome: str
    seconds: float
    good: bool


def main() -> None:
    options = [f"--{name.replace('_', '-')}={value}" for name, value in LIMITS.items()]
    with server([*options, "--api-key", KEY]) as served:
        results = asyncio.run(run(served))
        results.append(no_secrets(served))
    for row in results:
        print(f"{'ok ' if row.good else 'BAD'}  {row.name:44} {row.outcome} ({row.seconds:.1f} s)")
    bad = sum(not row.good for row in results)
    print(f"{len(results)} faults, {bad} not as documented")
    sys.exit(bad > 0)


async def run(served: Process) -> list[Result]:
    target = Target(served.url)
    speaking = asyncio.Event()
    speaking.set()
    bystander = asyncio.create_task(speak(target, speaking))
    results = [await outcome_of(name, FAULTS[name](target)) for name in FAULTS]
    memory = served.memory()
    speaking.clear()
    results.append(await outcome_of("meanwhile, a well-behaved client", bystander))
    results.append(await outcome_of("SIGTERM in mid-speech", drain(served, target)))
    print(f"memory after all of it: {memory}")
    return results


async def outcome_of(name: str, attempt: Awaitable[str]) -> Result:
    """Waits for an attempt; an exception is an outcome that is not as documented."""
    start = time.monotonic()
    try:
        text, good = await attempt, True
    except Exception as error:
        text, good = f"{type(error).__name__}: {error}", False
    return Result(name, text, time.monotonic() - start, good)


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
        weights, latest = await frames
    expected = a2e.load().animate(np.concatenate(samples), RATE, seed=0).weights
    assert np.array_equal(weights, expected), "its frames differ from the library's"
    return (
        f"{len(weights)} frames, bit-equal to the library's, never more than {latest:.1f} s apart"
    )


async def receive(connection: ClientConnection) -> tuple[Floats, float]:
    """All frames of a speech, and the longest time between two messages of frames, rounded up."""
    frames = []
    latest = 0.0
    last = time.monotonic()
    async for message in connection:
        if isinstance(message, bytes):
            latest, last = max(latest, time.monotonic() - last), time.monotonic()
            frames.append(np.frombuffer(message, "<f4", offset=16).reshape(-1, 52))
        elif json.loads(message)["type"] == "end":
            break
    return np.concatenate(frames), np.ceil(latest * 10) / 10


async def drain(served: Process, target: Target) -> str:
    """SIGTERM while two clients speak: one ends its speech in time, one goes on for ever."""
    *frames, status = await asyncio.gather(
        *(until_stopped(target, ends=ends) for ends in (True, False)), stop(served)
    )
    assert status == 0, f"exit status {status}"
    counts = ", ".join(map(str, frames))
    return f"both told end and closed with 1012 ({counts} frames, none lost); exit status 0"


async def stop(served: Process) -> int:
    await asyncio.sleep(0.5)
    served.process.send_signal(signal.SIGTERM)
    return await asyncio.to_thread(served.wait)


def no_secrets(served: Process) -> Result:
    """Nothing that a client sent is in the log."""
    leaks = [
        word for word in (KEY, SECRET, "/api", "/ws", "AAAA") for li in served.log if word in li
    ]
    lines = len(served.log)
    return Result("the log", f"{lines} lines, no key, id, path or audio {leaks}", 0, not leaks)


if __name__ == "__main__":
    main()
