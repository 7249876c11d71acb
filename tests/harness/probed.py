"""``a2e`` with a clock in its event loop: ``python -m tests.harness.probed FILE serve …``.

Whenever the loop was held up for longer than ``NOTED_SECONDS``, a line with the time (of
``time.monotonic``) and the seconds goes to FILE. Time in which the system gave the loop's thread no
processor is not counted, so a busy machine does not look like a blocked loop.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from pathlib import Path
from typing import TextIO

TICK_SECONDS = 0.005
NOTED_SECONDS = 0.015


class Probe:
    """Ticks in a loop and notes late ticks."""

    def __init__(self, loop: asyncio.AbstractEventLoop, file: TextIO) -> None:
        self._loop = loop
        self._file = file
        loop.call_soon(self._begin)

    def _begin(self) -> None:
        self._waited = run_delay()
        self._due = time.monotonic() + TICK_SECONDS
        self._loop.call_at(self._loop.time() + TICK_SECONDS, self._tick)

    def _tick(self) -> None:
        now = time.monotonic()
        late = now - self._due - (run_delay() - self._waited)
        if late > NOTED_SECONDS:
            print(now, late, file=self._file, flush=True)
        self._begin()


def run_delay() -> float:
    """Seconds that this thread was ready to run and did not; 0 where the system does not tell."""
    stat = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
    return int(stat.read_text().split()[1]) / 1e9 if stat.exists() else 0.0


def longest_hold(path: Path, since: float) -> float:
    """Seconds of the longest hold that a probe has noted since a time."""
    holds = (line.split() for line in path.read_text().splitlines())
    return max((float(seconds) for when, seconds in holds if float(when) >= since), default=0.0)


def main() -> None:
    from a2e.console import main as a2e

    path = sys.argv.pop(1)
    file = Path(path).open("a")
    make_loop = asyncio.events.new_event_loop

    def make_probed_loop() -> asyncio.AbstractEventLoop:
        loop = make_loop()
        Probe(loop, file)
        return loop

    asyncio.events.new_event_loop = make_probed_loop
    sys.argv[0] = "a2e"
    sys.exit(a2e())


if __name__ == "__main__":
    main()
