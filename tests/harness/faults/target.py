"""The server that faults are made against, and what they share."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

SECOND = np.zeros(24_000, np.int16)
KEY = "k3y-of-the-fault-run"
SECRET = "session-that-no-log-shows"
LIMITS: dict[str, Any] = {
    "max_streams": 6,
    "max_seconds": 20,
    "max_body": 2_000_000,
    "max_message": 400_000,
    "max_waiting": 4,
    "idle_timeout": 1.5,
    "send_timeout": 0.7,
    "ping_interval": 1,
    "drain_seconds": 1,
}
"""Of the server, so that a run takes a minute."""


@dataclass(frozen=True)
class Target:
    """A server with ``LIMITS`` and ``KEY``."""

    url: str

    @property
    def address(self) -> tuple[str, int]:
        host, port = self.url.removeprefix("http://").split(":")
        return host, int(port)

    def ws(self, path: str = "/ws/a2e") -> str:
        return self.url.replace("http", "ws", 1) + path

    @property
    def headers(self) -> dict[str, str]:
        return {"X-API-Key": KEY}

    @asynccontextmanager
    async def talk(self, **start: Any) -> AsyncIterator[ClientConnection]:
        """A connection that has sent ``start``."""
        async with self.connect() as connection:
            await connection.send(json.dumps({"type": "start", "rate": 24_000} | start))
            yield connection

    def connect(self, path: str = "/ws/a2e", **options: Any) -> connect:
        headers = options.pop("headers", self.headers)
        return connect(
            self.ws(path), additional_headers=headers, compression=None, max_size=None, **options
        )

    async def post(self, **fields: Any) -> httpx.Response:
        async with httpx.AsyncClient(timeout=60, verify=False) as client:
            url = self.url + "/api/audio2expression"
            return await client.post(url, json=fields, headers=self.headers)

    async def metric(self, name: str) -> float:
        async with httpx.AsyncClient(verify=False) as client:
            text = (await client.get(self.url + "/metrics", headers=self.headers)).text
        outcome = [line for line in text.splitlines() if line.startswith(name + " ")]
        return float(outcome[0].split()[-1]) if outcome else 0.0

    async def becomes(self, name: str, value: float, seconds: float = 8) -> None:
        """Waits until a metric has a value."""
        async with asyncio.timeout(seconds):
            while await self.metric(name) != value:
                await asyncio.sleep(0.05)


Fault = Callable[[Target], Awaitable[str]]
FAULTS: dict[str, Fault] = {}


def fault(name: str) -> Callable[[Fault], Fault]:
    """Names a fault; the function makes it, and returns what the server did."""

    def register(function: Fault) -> Fault:
        FAULTS[name] = function
        return function

    return register


async def ending(connection: ClientConnection) -> str:
    """The server's ending of a connection: the error's code, and the close code."""
    code = "no error"
    try:
        async with asyncio.timeout(15):
            async for message in connection:
                if isinstance(message, str) and json.loads(message)["type"] == "error":
                    code = json.loads(message)["code"]
    except ConnectionClosed:
        pass
    return f"{code}, close {connection.close_code}"


def expect(outcome: str, wanted: str) -> str:
    """``found`` as it is; raises ``AssertionError`` if it is something else."""
    assert outcome == wanted, f"expected {wanted}; got {outcome}"
    return outcome


async def sends(target: Target, wanted: str, *messages: str | bytes, **start: Any) -> str:
    """The ending that messages after a ``start`` lead to."""
    async with target.talk(**start) as connection:
        for message in messages:
            await connection.send(message)
        return expect(await ending(connection), wanted)


async def answered(response: httpx.Response, status: int, word: str) -> str:
    """Checks an HTTP answer's status, and that its error has a word."""
    body = response.json()
    assert response.status_code == status, f"{response.status_code}: {body}"
    assert word in body["error"], body
    return f"{status}, error: …{word}…"


def frames_in(message: bytes, first: int | None = None) -> int:
    """Frames in a binary message, which must begin with frame ``first``."""
    _, _, begin, count = struct.unpack_from("<4sIII", message)
    assert first in (None, begin), f"expected frame {first}; got {begin}"
    return int(count)


def raw_client(target: Target, path: str) -> socket.socket:
    """A WebSocket client that does nothing by itself, with a small receive buffer."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    client.connect(target.address)
    head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {KEY}\r\nConnection: Upgrade\r\n"
    head += "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    client.sendall(f"{head}Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode())
    assert client.recv(4_096).startswith(b"HTTP/1.1 101")
    return client


def ws_frame(payload: bytes, *, text: bool = False) -> bytes:
    """A client's frame (RFC 6455, 5.2), masked with zeros."""
    size = len(payload)
    head = struct.pack("!B", 0x81 if text else 0x82)
    if size < 126:
        head += struct.pack("!B", 0x80 | size)
    elif size < 1 << 16:
        head += struct.pack("!BH", 0xFE, size)
    else:
        head += struct.pack("!BQ", 0xFF, size)
    return head + bytes(4) + payload
