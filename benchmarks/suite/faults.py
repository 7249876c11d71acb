"""Makes every fault once against a real server and prints what it did.

    python -m benchmarks faults

Fails if a fault was not answered as docs/service.md says. A well-behaved client speaks all the
while, and must have the library's own frames, bit for bit. At the end the server is told to stop
in mid-speech. Then another server suffers every abuse: none may hold its event loop, take memory
beyond a limit, or delay the client beside it (``tests/harness/faults/harm.py``).
"""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Awaitable
from typing import NamedTuple

from tests.harness.faults import (
    ABUSES,
    FAULTS,
    KEY,
    LIMITS,
    SECRET,
    Target,
    Victim,
    endure,
    victim,
)
from tests.harness.faults.bystander import Bystander
from tests.harness.faults.drain import until_stopped
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
    with victim() as suffering:
        results += asyncio.run(abused(suffering))
    for row in results:
        print(f"{'ok ' if row.good else 'BAD'}  {row.name:44} {row.outcome} ({row.seconds:.1f} s)")
    bad = sum(not row.good for row in results)
    print(f"{len(results)} faults, {bad} not as documented")
    sys.exit(bad > 0)


async def run(served: Process) -> list[Result]:
    target = Target(served.url)
    speaking = asyncio.Event()
    speaking.set()
    bystander = asyncio.create_task(Bystander(target).speak(speaking))
    results = [await outcome_of(name, FAULTS[name](target)) for name in FAULTS]
    memory = served.memory()
    speaking.clear()
    results.append(await outcome_of("meanwhile, a well-behaved client", bystander))
    results.append(await outcome_of("SIGTERM in mid-speech", drain(served, target)))
    print(f"memory after all of it: {memory}")
    return results


async def abused(suffering: Victim) -> list[Result]:
    return [await outcome_of(name, endure(suffering, name)) for name in ABUSES]


async def outcome_of(name: str, attempt: Awaitable[str]) -> Result:
    """Waits for an attempt; an exception is an outcome that is not as documented."""
    start = time.monotonic()
    try:
        text, good = await attempt, True
    except Exception as error:
        text, good = f"{type(error).__name__}: {error}", False
    return Result(name, text, time.monotonic() - start, good)


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
