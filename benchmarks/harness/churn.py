"""Clients who come, speak a little and leave rudely, and others who send garbage."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from random import Random

import numpy as np
from numpy.typing import NDArray
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tests.harness.server import Process

RATE = 24_000
CHUNK_SECONDS = 0.1
LONGEST_CHUNKS = 15
REST_SECONDS = (20.0, 120.0)
"""Between two visits of one client: 500 of them are about as much work as a dozen voices."""
UNREAD_CHUNKS = 6
"""Half a second each, from a client that reads nothing."""
TIMEOUT_SECONDS = 30
GARBAGE_PAUSE = 0.2
GARBAGE_BYTES = 20_000

Leave = Callable[[ClientConnection], Awaitable[None]]


async def say_end(connection: ClientConnection) -> None:
    """The one polite way."""
    await connection.send('{"type": "end"}')
    async for message in connection:
        if isinstance(message, str) and json.loads(message)["type"] == "end":
            break
    await connection.close()


async def close_at_once(connection: ClientConnection) -> None:
    await connection.close()


async def reset(connection: ClientConnection) -> None:
    """A TCP reset, as of a machine that crashed."""
    raw: socket.socket = connection.transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.transport.abort()


async def stop_reading(connection: ClientConnection) -> None:
    """Sends on for a while and reads nothing."""
    connection.transport.pause_reading()
    for _ in range(UNREAD_CHUNKS):
        await connection.send(bytes(RATE))
    await asyncio.sleep(3)
    connection.transport.abort()


async def break_rules(connection: ClientConnection) -> None:
    """Text that is no message; the service closes."""
    await connection.send('{"type": "dance"')
    async for _ in connection:
        pass


async def break_frames(connection: ClientConnection) -> None:
    """Bytes that are no WebSocket frame, in mid-stream."""
    connection.transport.write(b"\xff" * 64)
    await asyncio.sleep(0.2)
    connection.transport.abort()


async def interrupt(connection: ClientConnection) -> None:
    """Resets its speech again and again, then ends its side of the connection."""
    for _ in range(5):
        await connection.send('{"type": "reset"}')
        await connection.send(bytes(RATE // 10))
    connection.transport.write_eof()
    await asyncio.sleep(0.2)
    connection.transport.abort()


LEAVES: tuple[Leave, ...] = (
    *(say_end, close_at_once, reset, stop_reading, break_rules, break_frames, interrupt),
)


async def churn(
    served: Process, number: int, voice: NDArray[np.int16], visits: Counter[str]
) -> None:
    """One client's visits, for ever; ``visits`` counts them by how they ended."""
    random = Random(number)
    await asyncio.sleep(random.uniform(0, REST_SECONDS[1]))
    while True:
        leave = random.choice(LEAVES)
        outcome = leave.__name__
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await visit(served.live, leave, random, voice)
        except (OSError, WebSocketException, TimeoutError) as error:
            outcome += f", {type(error).__name__}"
        visits[outcome] += 1
        await asyncio.sleep(random.uniform(*REST_SECONDS))


async def visit(url: str, leave: Leave, random: Random, voice: NDArray[np.int16]) -> None:
    """Connects, speaks up to a second and a half, and leaves."""
    connection = await connect(url, compression=None, close_timeout=2)
    try:
        output = random.choice(("json", "binary"))
        await connection.send(json.dumps({"type": "start", "rate": RATE, "output": output}))
        size = int(RATE * CHUNK_SECONDS)
        for number in range(random.randint(0, LONGEST_CHUNKS)):
            await connection.send(voice[number * size : (number + 1) * size].tobytes())
            await asyncio.sleep(CHUNK_SECONDS)
        await leave(connection)
    finally:
        connection.transport.abort()


async def litter(served: Process, number: int, count: Counter[str]) -> None:
    """Garbage in raw connections, for ever."""
    random = Random(-1 - number)
    host, port = served.url.removeprefix("http://").split(":")
    while True:
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(TIMEOUT_SECONDS):
                reader, writer = await asyncio.open_connection(host, int(port))
                try:
                    writer.write(garbage(random))
                    await writer.drain()
                    await asyncio.wait_for(reader.read(1 << 16), random.uniform(0.05, 2))
                finally:
                    writer.transport.abort()
        count["garbage"] += 1
        await asyncio.sleep(GARBAGE_PAUSE)


def garbage(random: Random) -> bytes:
    """A request or what is left of one."""
    noise = random.randbytes(random.randrange(GARBAGE_BYTES))
    head = b"POST /api/audio2expression HTTP/1.1\r\nHost: localhost\r\n"
    return random.choice(
        (
            noise,
            head + b"Content-Length: %d\r\n\r\n" % len(noise) + noise,
            head + b"Content-Length: 99999999\r\n\r\n" + noise,
            head + b"Transfer-Encoding: chunked\r\n\r\nfffffff\r\n" + noise,
            head + b"Content-Length: 2\r\n\r\n{}" * 20,
            b"GET /ws/a2e HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\r\n" + noise,
            b"GET /" + noise.hex().encode() + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        )
    )
