"""A real server on a free port, and clients for it."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import httpx
import numpy as np
import pytest
from websockets.sync.client import ClientConnection, connect

import a2e
from a2e.arrays import Floats
from a2e.serve import Limits, Settings
from a2e.serve.server import address_of, make_server
from a2e.serve.service import Service

START_SECONDS = 20
STOP_SECONDS = 8
ELSEWHERE = "A2E_SERVICE"
"""Names the URL of a service that runs elsewhere, and whose clients alone are then tested."""
HTTP = httpx.Client(timeout=60)
"""Safe to use from many threads."""


@dataclass(frozen=True)
class Served:
    """A server that runs."""

    url: str
    own: Service | None
    """The service itself, where it runs in this process."""
    stop: Callable[[], None] = field(repr=False)
    grpc: str | None = None
    """Where its gRPC server listens."""

    @property
    def service(self) -> Service:
        """The service itself; skips a test that looks into one that is elsewhere."""
        if self.own is None:
            pytest.skip(f"looks into the service, and {ELSEWHERE} names one that is elsewhere")
        return self.own

    @property
    def live(self) -> str:
        return self.url.replace("http", "ws", 1) + "/ws/a2e"

    def motion(self, stream: str) -> str:
        return self.url.replace("http", "ws", 1) + f"/ws/lam_data_stream/{stream}"

    def metric(self, line: str) -> float:
        """The value of a line of ``/metrics``, 0 where there is none."""
        found = [li for li in self.metrics().splitlines() if li.startswith(line + " ")]
        return float(found[0].split()[-1]) if found else 0.0

    def metrics(self) -> str:
        return HTTP.get(self.url + "/metrics").text


@contextmanager
def serving(**settings: Any) -> Iterator[Served]:
    """A server with these settings, in a thread of its own; limits are settings too."""
    names = Limits.__dataclass_fields__
    limits = Limits(**{name: settings.pop(name) for name in list(settings) if name in names})
    server, listener = make_server(Settings(port=0, limits=limits, **settings))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
    thread.start()

    def stop() -> None:
        server.should_exit = True

    try:
        service = server.service
        wait_for(lambda: server.started and service.engine.ready, START_SECONDS)
        yield Served(address_of(listener), service, stop, server.grpc_address)
    finally:
        stop()
        thread.join(STOP_SECONDS)
        server.force_exit = True
        thread.join()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what is no client's, where the service is elsewhere."""
    if ELSEWHERE not in os.environ:
        return
    for item in list(items):
        if "served" not in getattr(item, "fixturenames", ()):
            config.hook.pytest_deselected(items=[item])
            items.remove(item)


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    """A server as it comes, for tests that leave nothing behind."""
    if ELSEWHERE in os.environ:
        yield Served(os.environ[ELSEWHERE], None, lambda: None)
        return
    with serving() as found:
        yield found


@pytest.fixture(scope="session")
def bundled() -> a2e.Model:
    return a2e.load()


@pytest.fixture(scope="session")
def voice(speech_24k) -> np.ndarray:
    """Two seconds and a bit, int16 at 24 kHz."""
    return pcm(speech_24k)[:50_001]


def wait_for(condition: Callable[[], bool], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


class Talk:
    """A client of ``/ws/a2e`` that checks what it can: no frame lost, doubled or out of time."""

    def __init__(self, connection: ClientConnection, start: dict[str, Any]) -> None:
        self.connection = connection
        self.send(type="start", **start)
        self.ready = self.take("ready")
        self.speech = self.ready["speech"]
        self.rows: list[list[float]] = []
        self.others: list[dict[str, Any]] = []

    def send(self, **message: Any) -> None:
        self.connection.send(json.dumps(message))

    def take(self, kind: str) -> dict[str, Any]:
        """The next message that is no ``stats``; it must be of this kind."""
        message = json.loads(self.connection.recv(timeout=20))
        while message["type"] == "stats":
            message = json.loads(self.connection.recv(timeout=20))
        assert message["type"] == kind, message
        return message

    def until(self, kind: str) -> dict[str, Any]:
        """Takes frames until a message of this kind comes."""
        while True:
            message = json.loads(self.connection.recv(timeout=20))
            if message["type"] == kind:
                return message
            self._count(message)

    def _count(self, message: dict[str, Any]) -> None:
        if message["type"] != "frames":
            self.others.append(message)
            return
        assert message["speech"] == self.speech
        assert message["first"] == len(self.rows)
        assert message["time"] == pytest.approx(len(self.rows) / self.ready["fps"], abs=1e-6)
        self.rows += message["weights"]

    def finish(self) -> Floats:
        """Ends the speech: all its frames, [n, shapes]."""
        self.send(type="end")
        end = self.until("end")
        assert (end["speech"], end["frames"]) == (self.speech, len(self.rows))
        frames = np.array(self.rows).reshape(-1, len(self.ready["names"]))
        self.rows, self.speech = [], self.speech + 1
        return frames

    def say(self, samples: np.ndarray, cuts: list[int] | None = None) -> Floats:
        """A whole speech, its bytes cut anywhere."""
        data = samples.tobytes()
        edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts or []), len(data)]
        for start, end in pairwise(edges):
            self.connection.send(data[start:end])
        return self.finish()


@contextmanager
def talking(served: Served, **start: Any) -> Iterator[Talk]:
    start = {"rate": 24_000, "seed": 0} | start
    with connect(served.live, max_size=None, compression=None) as connection:
        yield Talk(connection, start)


def ask(served: Served, audio: bytes | None = None, **fields: Any) -> httpx.Response:
    """A request to ``/api/audio2expression``."""
    query = {"frames": fields.pop("frames")} if "frames" in fields else {}
    if audio is not None:
        fields["audio_base64"] = base64.b64encode(audio).decode()
    url = served.url + "/api/audio2expression"
    return HTTP.post(url, json=fields, params=query)


def pcm(samples: Floats) -> np.ndarray:
    return (samples * 32_767).astype(np.int16)


def count(samples: int, rate: int) -> int:
    """Frames of so many samples."""
    return -(-samples * 30 // rate)
