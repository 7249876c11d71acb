"""Connections below HTTP and WebSockets: how many there may be, and how long they may wait."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.runtime.serve.conftest import Served, serving, talking, wait_for

REQUEST = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
LIMIT = 8
PATIENT = 30.0
"""Seconds: far more than any test waits."""
SOON = 0.3


def opened(served: Served, address: str = "127.0.0.1") -> socket.socket:
    host, port = served.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), 10, (address, 0))


def ask(client: socket.socket) -> bytes:
    """The answer to a request for health; empty if the connection has ended."""
    try:
        client.sendall(REQUEST)
        answer = client.recv(1 << 16)
        while b"\r\n\r\n" in answer and b"}" not in answer:
            answer += client.recv(1 << 16)
    except OSError:
        return b""
    return answer


def ends(client: socket.socket) -> bool:
    """Waits until the service closes a connection."""
    try:
        return client.recv(1 << 16) == b""
    except ConnectionResetError:
        return True


@pytest.fixture
def crowded() -> Iterator[Served]:
    with serving(
        max_connections=LIMIT,
        max_streams=2 * LIMIT,
        keep_alive=PATIENT,
        send_timeout=PATIENT,
        ping_interval=PATIENT,
    ) as served:
        yield served


class TestPatience:
    def test_a_connection_is_kept_and_then_closed(self) -> None:
        with serving(keep_alive=SOON, send_timeout=PATIENT) as served, opened(served) as client:
            for _ in range(3):
                assert b" 200 " in ask(client)
            assert ends(client)

    def test_a_request_that_begins_has_its_own_time(self) -> None:
        """One byte more after an answer, and then nothing."""
        with serving(keep_alive=PATIENT, send_timeout=SOON) as served, opened(served) as client:
            assert b" 200 " in ask(client)
            client.sendall(b"G")
            assert ends(client)

    def test_more_bytes_give_no_more_time(self) -> None:
        with serving(keep_alive=PATIENT, send_timeout=SOON) as served, opened(served) as client:
            client.settimeout(0.05)
            data = iter(REQUEST[:-1])
            with pytest.raises(OSError):  # noqa: PT011
                while True:
                    client.sendall(bytes([next(data)]))
                    try:
                        if client.recv(1) == b"":
                            raise ConnectionResetError
                    except TimeoutError:
                        continue

    def test_nothing_at_all(self) -> None:
        with serving(keep_alive=PATIENT, send_timeout=SOON) as served, opened(served) as client:
            assert ends(client)


class TestRoom:
    def test_the_oldest_idle_one_of_whoever_has_most_makes_room(self, crowded: Served) -> None:
        modest = opened(crowded, "127.0.0.2")
        greedy = [opened(crowded) for _ in range(LIMIT + 3)]
        for client in (modest, *greedy[-4:]):
            assert b" 200 " in ask(client)
        assert all(ends(client) for client in greedy[:4])
        for client in (modest, *greedy):
            client.close()

    def test_probes_are_answered_where_all_are_busy(self, crowded: Served) -> None:
        with ExitStack() as stack:
            for _ in range(LIMIT):
                stack.enter_context(talking(crowded))
            for probe in ("/health", "/ready"):
                assert httpx.get(crowded.url + probe).status_code == 200
            answer = httpx.get(crowded.url + "/metrics")
            assert answer.status_code == 503
            assert f"at most {LIMIT} connections" in answer.json()["error"]
        wait_for(lambda: httpx.get(crowded.url + "/metrics").status_code == 200)

    def test_websockets_that_never_begin_make_room(self, crowded: Served) -> None:
        """A quarter of the connections may wait; the oldest one is told why it ends."""
        with ExitStack() as stack:
            sockets = [stack.enter_context(connect(crowded.live)) for _ in range(LIMIT // 4 + 1)]
            message = json.loads(sockets[0].recv(timeout=10))
            assert message["code"] == "idle"
            with pytest.raises(ConnectionClosed) as closed:
                sockets[0].recv(timeout=10)
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "idle")
            sockets[-1].send('{"type": "start", "rate": 24000}')
            assert json.loads(sockets[-1].recv(timeout=10))["type"] == "ready"


def handshake(served: Served) -> socket.socket:
    client = opened(served)
    client.sendall(
        b"GET /ws/a2e HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    assert client.recv(1 << 12).startswith(b"HTTP/1.1 101")
    return client


class TestPings:
    def test_come_and_whoever_answers_none_is_dropped(self) -> None:
        with serving(ping_interval=0.1) as served, handshake(served) as client:
            assert client.recv(1)[0] == 0x89  # a ping (RFC 6455, 5.5.2)
            received = b""
            while part := client.recv(1 << 12):
                received += part
            assert b"\x88" in received  # a close

    def test_keep_open_whoever_answers(self) -> None:
        with serving(ping_interval=0.05) as served, connect(served.live) as connection:
            with pytest.raises(TimeoutError):  # nothing but pings, for many of their intervals
                connection.recv(timeout=0.5)
            connection.send('{"type": "start", "rate": 24000}')
            assert json.loads(connection.recv(timeout=10))["type"] == "ready"
