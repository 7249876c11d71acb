"""A real server for the client, and a line to it that can be cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import numpy as np
import pytest

import a2e
from tests.runtime.serve.conftest import Served, pcm, serving


@pytest.fixture(scope="session")
def bundled() -> a2e.Model:
    return a2e.load()


@pytest.fixture(scope="session")
def voice(speech_24k) -> np.ndarray:
    """Two seconds and a bit, int16 at 24 kHz."""
    return pcm(speech_24k)[:50_001]


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(max_streams=16) as found:
        yield found


class Line:
    """A relay of TCP between a client and a server."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._target = (parts.hostname, parts.port)
        self._path = parts.path
        self._writers: list[asyncio.StreamWriter] = []
        self.connections = 0
        self.url = ""

    async def open(self) -> asyncio.Server:
        server = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        self.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}{self._path}"
        return server

    def cut(self) -> None:
        """Ends all connections as a pulled cable does."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        theirs, ours = await asyncio.open_connection(*self._target)
        self._writers += [writer, ours]
        await asyncio.gather(self._pump(reader, ours), self._pump(theirs, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def line(served: Served) -> AsyncIterator[Line]:
    found = Line(served.live)
    server = await found.open()
    try:
        yield found
    finally:
        found.cut()
        server.close()
