"""What all requests and connections of one service share."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Never, Protocol

from a2e.errors import A2EError
from a2e.serve.engine import Engine
from a2e.serve.gate import Gate
from a2e.serve.hub import Hub
from a2e.serve.metrics import Metrics
from a2e.serve.refused import RefusedError, refusal_of
from a2e.serve.sessions import Sessions
from a2e.serve.settings import Settings

log = logging.getLogger("a2e.serve")

WAITING_SECONDS = 10
"""Frames that may wait for one slow client, in seconds of face."""
MOTION_SECONDS = 120
"""The same for a renderer: its feeder does not wait for it."""
FPS = 30
RENDERERS = 64
"""Motion renderers at once."""
SWEEP_SECONDS = 10
FLUSH_SECONDS = 5
"""Time that the last frames have to reach the clients once speeches were cut short."""


class LiveStream(Protocol):
    """What the service asks of a connection that holds a stream."""

    @property
    def waiting(self) -> float:
        """Seconds of audio that wait to be computed."""
        raise NotImplementedError


class Service:
    """The engine, the limits and the numbers of one service."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.limits = settings.limits
        self.metrics = Metrics()
        self.engine = Engine(settings, self.metrics)
        self.gate = Gate(settings)
        self.hub = Hub(RENDERERS, MOTION_SECONDS * FPS)
        self.sessions = Sessions(self.limits.max_sessions, self.limits.idle_timeout, self.metrics)
        self.turns = asyncio.Semaphore(settings.threads)
        """REST requests that are computed at once; the others wait."""
        self.stopping = asyncio.Event()
        """Set when the service has been told to stop."""
        self.failure: A2EError | None = None
        """Why the model could not be loaded."""
        self.on_failure: Callable[[], None] = lambda: None
        self._streams: set[LiveStream] = set()
        self._requests = 0
        self.metrics.watch_queue(lambda: sum(stream.waiting for stream in list(self._streams)))

    async def load(self) -> None:
        """Loads the model in the background."""
        try:
            await self.engine.load()
        except A2EError as error:
            self.failure = error
            self.on_failure()
        else:
            log.info("ready: up to %d live streams", self.engine.max_streams)

    def check_open(self) -> None:
        """Raises ``RefusedError`` once the service has been told to stop."""
        if self.stopping.is_set():
            raise RefusedError("restarting", "the service is about to stop; connect again")

    @contextmanager
    def place(self, stream: LiveStream) -> Iterator[None]:
        """A live stream's place while it lasts; raises ``RefusedError`` when there is none."""
        self.check_open()
        limit = self.engine.max_streams
        if len(self._streams) >= limit:
            raise RefusedError(
                "too_many_streams",
                f"expected at most {limit} live streams at once, and so many are connected; try "
                "again later, or raise --max-streams",
            )
        self._streams.add(stream)
        self.metrics.streams.set(len(self._streams))
        try:
            yield
        finally:
            self._streams.discard(stream)
            self.metrics.streams.set(len(self._streams))

    @contextmanager
    def request(self) -> Iterator[None]:
        """A REST request's place while it lasts; raises ``RefusedError`` when too many wait."""
        self.check_open()
        limit = self.settings.threads + self.limits.max_waiting
        if self._requests >= limit:
            raise RefusedError(
                "too_many_streams",
                f"expected at most {limit} requests at once, and so many are answered; try again",
            )
        self._requests += 1
        try:
            yield
        finally:
            self._requests -= 1

    async def sweep(self) -> Never:
        """Forgets idle sessions, for ever."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            self.sessions.sweep()

    async def drain(self, forced: Callable[[], bool]) -> None:
        """Tells all streams to end and waits until they have, or until ``forced`` says so."""
        self.stopping.set()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.limits.drain_seconds + FLUSH_SECONDS
        while (self._streams or len(self.hub)) and not forced() and loop.time() < deadline:
            await asyncio.sleep(0.05)

    def refuse(self, error: BaseException) -> RefusedError:
        """What a client is told of ``error``; it is counted, and logged if it is our fault."""
        refused = refusal_of(error)
        self.metrics.errors.labels(refused.code).inc()
        if refused.code == "internal":
            log.error("%s at %s", type(error).__name__, place_of(error))
        return refused


def place_of(error: BaseException) -> str:
    """Where an error was raised. Its message may hold what a client sent, so it is not told."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "a2e" in Path(frame.filename).parts] or frames[-1:]
    return " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(ours[-3:]))


async def race(*works: Awaitable[None]) -> None:
    """Runs all until one ends, then stops the others; raises what that one raised."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        first = next((task for task in tasks if task.done()), None)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if first is not None:
        first.result()
