"""Abuse by many connections, messages or sessions."""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import suppress

import httpx

from tests.harness.faults.harm import LIMITS, SEND_TIMEOUT, Victim, abuse
from tests.harness.faults.target import KEY, raw_client

QUIET = 1_010
"""More than ``a2e.serve.server.CONNECTIONS``."""
OPENED_AT_ONCE = 50
SECONDS_TO_RECOVER = 15 * SEND_TIMEOUT
FLOOD_SECONDS = 25
PING = b"\x89\xfd" + bytes(4) + bytes(125)
"""A client's longest ping (RFC 6455, 5.5.2), masked with zeros."""
PINGS = 500
"""Sent at once."""
OTHER_ADDRESS = "127.0.0.2"
"""Also this machine, but another client."""


@abuse("1,010 connections that ask once, send a byte and wait")
async def quiet_connections(victim: Victim) -> str:
    place = asyncio.Semaphore(OPENED_AT_ONCE)

    async def open_one() -> asyncio.StreamWriter | None:
        async with place:
            return await ask_once(victim)

    writers = await asyncio.gather(*(open_one() for _ in range(QUIET)))
    opened = [writer for writer in writers if writer is not None]
    while len(opened) < QUIET and (writer := await ask_once(victim)):
        opened.append(writer)  # some were refused only because others were just coming
    try:
        seconds = await until_served(victim)
    finally:
        for writer in opened:
            writer.transport.abort()
    return f"{len(opened)} were let in; health and REST answer {seconds:.1f} s later"


async def ask_once(victim: Victim) -> asyncio.StreamWriter | None:
    """A connection after one answer and one more byte; None if it was refused."""
    host = "{}:{}".format(*victim.address)
    try:
        reader, writer = await asyncio.open_connection(*victim.address)
        writer.write(f"GET /health HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
        writer.write(b"G")
    except (OSError, asyncio.IncompleteReadError, TimeoutError):
        return None
    return writer if b" 200 " in head else None


async def until_served(victim: Victim) -> float:
    """Seconds until health and a request are answered; raises ``AssertionError`` if they aren't."""
    start = time.monotonic()
    status = "no answer"
    while time.monotonic() - start < SECONDS_TO_RECOVER:
        with suppress(httpx.TransportError):
            async with httpx.AsyncClient(timeout=2) as client:
                health = await client.get(victim.url + "/health")
            answer = await victim.post(audio_base64="AAAAAAAA", audio_format="pcm")
            status = f"{health.status_code} and {answer.status_code}"
            if health.status_code == answer.status_code == 200:
                return time.monotonic() - start
        await asyncio.sleep(0.3)
    raise AssertionError(f"locked out after {SECONDS_TO_RECOVER:g} s: {status}")


@abuse("a flood of pings from a client that does not read")
async def ping_flood(victim: Victim) -> str:
    client = raw_client(victim, "/ws/a2e")
    sent = await asyncio.to_thread(flood, client)
    client.close()
    return sent


def flood(client: socket.socket) -> str:
    """Pings for ``FLOOD_SECONDS`` or until the connection is closed."""
    deadline = time.monotonic() + FLOOD_SECONDS
    client.settimeout(1)
    pings, sent = PING * PINGS, 0
    while time.monotonic() < deadline:
        try:
            sent += client.send(pings[sent % len(pings) :])
        except TimeoutError:
            continue
        except OSError:
            return f"closed after {sent / 1e6:.1f} MB"
    return f"{sent / 1e6:.1f} MB were read in {FLOOD_SECONDS} s"


@abuse("one client that takes all sessions")
async def all_sessions(victim: Victim) -> str:
    names = [f"greedy-{number}" for number in range(LIMITS["max_sessions"] + 8)]
    statuses = [await session(victim, name) for name in names]
    try:
        other = await session(victim, "modest", address=OTHER_ADDRESS)
        assert other == 200, f"{statuses.count(200)} sessions for one client; {other} for another"
    finally:
        for name in (*names, "modest"):
            await session(victim, name, final=True)
    assert set(statuses) <= {200, 503}, statuses
    return f"{statuses.count(200)} of {len(names)} begun; another client begins one"


async def session(
    victim: Victim, name: str, *, address: str | None = None, final: bool = False
) -> int:
    """Begins a session from an address, or ends it; the status."""
    fields = {"audio_base64": "AAAA" * 50, "audio_format": "pcm", "session_id": name}
    transport = httpx.AsyncHTTPTransport(local_address=address)
    async with httpx.AsyncClient(transport=transport, timeout=30) as client:
        answer = await client.post(
            victim.url + "/api/audio2expression",
            json=fields | {"is_start": not final, "is_final": final},
            headers={"X-API-Key": KEY},
        )
    return answer.status_code
