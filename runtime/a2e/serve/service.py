"""The state that all requests and connections of one service share."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Never

from a2e.errors import A2EError
from a2e.serve.access import Access
from a2e.serve.clients import Shares, Waiting
from a2e.serve.connections import Connections
from a2e.serve.engine import Engine
from a2e.serve.metrics import Metrics
from a2e.serve.motion.hub import Hub
from a2e.serve.outputs import Outputs
from a2e.serve.refusals import RefusalError, refusal_of
from a2e.serve.rest.sessions import Sessions
from a2e.serve.settings import Settings

log = logging.getLogger("a2e.serve")

BODIES = 64
"""Bodies that are received at once."""
BODIES_KEPT = 4
"""Longest bodies that are in memory at once, all bodies together."""
WAITING_PART = 4
"""Of all connections, one in so many may be a WebSocket that has not begun."""
RENDERERS = 64
"""Motion renderers at once."""
SWEEP_SECONDS = 10
FLUSH_SECONDS = 5
"""Time that the last frames have to reach the clients once speeches were cut short."""


class Service:
    """The engine, the limits and the numbers of one service."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.limits = settings.limits
        self.metrics = Metrics()
        self.engine = Engine(settings, self.metrics)
        self.access = Access(settings)
        self.connections = Connections(self.limits.max_connections)
        self.waiting = Waiting(max(1, self.limits.max_connections // WAITING_PART))
        """WebSockets that have not begun."""
        self.hub = Hub(RENDERERS)
        self.outputs = Outputs(settings.outputs)
        self.sessions = Sessions(self.limits.max_sessions, self.limits.idle_timeout, self.metrics)
        self.turns = asyncio.Semaphore(settings.threads)
        """REST requests that are computed at once; the others wait."""
        self.stopping = asyncio.Event()
        """Set when the service has been told to stop."""
        self.failure: A2EError | None = None
        """Why the model could not be loaded."""
        self.on_failure: Callable[[], None] = lambda: None
        self._queues: set[Callable[[], float]] = set()
        limit = settings.threads + self.limits.max_waiting
        self._requests = Shares(limit, "requests", "try again")
        self.bodies = Shares(BODIES, "bodies", "try again")
        """Those that are received now."""
        self.body_bytes = Shares(
            BODIES_KEPT * self.limits.max_body, "bytes of bodies", "send less at once, or try again"
        )
        self.metrics.watch_queue(lambda: sum(queue() for queue in list(self._queues)))

    async def load(self) -> None:
        """Loads the model in the background."""
        try:
            await self.engine.load()
        except A2EError as error:
            self.failure = error
            log.error("the model could not be loaded: %s", error)
            self.on_failure()
        else:
            log.info("ready: up to %d live streams", self.engine.max_streams)

    def check_room(self) -> None:
        """Raises ``RefusalError`` while there are too many connections."""
        if self.connections.is_full:
            raise RefusalError(
                "too_many_streams",
                f"expected at most {self.limits.max_connections} connections at once, and so many "
                "are open; try again later",
            )

    def check_open(self) -> None:
        """Raises ``RefusalError`` once the service has been told to stop."""
        if self.stopping.is_set():
            raise RefusalError("restarting", "the service is about to stop; connect again")

    @contextmanager
    def live_stream(self, queue: Callable[[], float]) -> Iterator[None]:
        """Counts a live stream while it lasts; raises ``RefusalError`` for one too many.

        ``queue`` tells the seconds of its audio that wait to be computed.
        """
        self.check_open()
        limit = self.engine.max_streams
        if len(self._queues) >= limit:
            raise RefusalError(
                "too_many_streams",
                f"expected at most {limit} live streams at once, and so many are connected; try "
                "again later, or raise --max-streams",
            )
        self._queues.add(queue)
        self.metrics.streams.set(len(self._queues))
        try:
            yield
        finally:
            self._queues.discard(queue)
            self.metrics.streams.set(len(self._queues))

    @contextmanager
    def request(self, client: str) -> Iterator[None]:
        """Counts a client's REST request while it lasts; raises ``RefusalError`` for too many."""
        self.check_open()
        with self._requests.place(client):
            yield

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
        while (self._queues or len(self.hub)) and not forced() and loop.time() < deadline:
            await asyncio.sleep(0.05)

    def refuse(self, error: BaseException) -> RefusalError:
        """The refusal for ``error``, counted, and logged if the fault is ours."""
        refusal = refusal_of(error)
        self.metrics.errors.labels(refusal.code).inc()
        if refusal.code == "bad_frames":
            log.error("the model gave NaN or infinity")
        if refusal.code == "internal":
            log.error("%s at %s", type(error).__name__, location_of(error))
        return refusal


def location_of(error: BaseException) -> str:
    """Files and lines that raised an error. Its message may hold what a client sent."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "a2e" in Path(frame.filename).parts] or frames[-1:]
    return " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(ours[-3:]))
