"""The connections below HTTP and WebSockets: how many, how long they may wait, what is refused.

A client that sends nothing, or next to nothing, holds a connection for a bounded time. Where all
are taken, the idle ones of whoever has the most make room.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import Any, Protocol

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

from a2e.serve.settings import Limits

RESERVE = 24
"""Connections beyond the limit, which only ``/health`` and ``/ready`` are answered on."""
READ_BYTES = 1 << 14
"""Bytes parsed in one go: thousands of tiny messages must not hold up everybody else's."""
SOCKET_READ_BYTES = 1 << 13
"""The same on a WebSocket, whose smallest messages take six."""
UNREAD_TIMEOUTS = 6
"""Send timeouts after which an answer that nobody reads is dropped."""
CONTROL_FRAMES = 200
"""Most pings and pongs of a client in a second."""
FRAGMENTS = 4_096
"""Most pieces of one WebSocket message."""


class Connection(Protocol):
    """A connection that can make room for another."""

    @property
    def is_idle(self) -> bool:
        """Whether no answer is due on it."""

    def abort(self) -> None:
        """Ends it at once."""


class Connections:
    """All connections of a server, the oldest first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._addresses: dict[Connection, str] = {}

    @property
    def is_full(self) -> bool:
        """Whether only ``/health`` and ``/ready`` are answered."""
        return len(self._addresses) > self._limit

    def add(self, connection: Connection, address: str) -> None:
        """Counts a connection; one too many ends an idle one, or itself."""
        if len(self._addresses) >= self._limit:
            self._evict()
        self._addresses[connection] = address
        if len(self._addresses) > self._limit + RESERVE:
            self._end(connection)

    def replace(self, connection: Connection, successor: Connection) -> None:
        """Counts the protocol that a connection is upgraded to in its place."""
        self._addresses[successor] = self._addresses.pop(connection, "")

    def remove(self, connection: Connection) -> None:
        """Counts a connection no more."""
        self._addresses.pop(connection, None)

    def _evict(self) -> None:
        """Ends the oldest idle connection of the client that has the most connections."""
        counts = Counter(self._addresses.values())
        idle = [connection for connection in self._addresses if connection.is_idle]
        if idle:
            self._end(max(idle, key=lambda connection: counts[self._addresses[connection]]))

    def _end(self, connection: Connection) -> None:
        self.remove(connection)
        connection.abort()


class StrictConnection(h11.Connection):
    """HTTP/1.1 that refuses a body of two lengths: a proxy may have believed the other one."""

    def next_event(self) -> Any:
        event = super().next_event()
        if isinstance(event, h11.Request):
            names = {name for name, _ in event.headers}
            if {b"content-length", b"transfer-encoding"} <= names:
                raise h11.RemoteProtocolError("both Content-Length and Transfer-Encoding")
        return event


def http_protocol(connections: Connections, limits: Limits) -> type[H11Protocol]:
    """HTTP that is counted among ``connections`` and waits for a client within ``limits``."""

    class Http(H11Protocol):
        _request_timer: asyncio.TimerHandle | None = None
        _answer_timer: asyncio.TimerHandle | None = None

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.conn = StrictConnection(h11.SERVER, self.conn._max_incomplete_event_size)

        @property
        def is_idle(self) -> bool:
            return self.cycle is None or self.cycle.response_complete

        def abort(self) -> None:
            self.transport.abort()

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            transport.max_size = READ_BYTES  # type: ignore[attr-defined]
            connections.add(self, self.client[0] if self.client else "")
            self._time_request()

        def connection_lost(self, exc: Exception | None) -> None:
            connections.remove(self)
            self._request_timer = _cancelled(self._request_timer)
            self._answer_timer = _cancelled(self._answer_timer)
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._time_request()

        def on_response_complete(self) -> None:
            super().on_response_complete()
            self._time_request()

        def handle_websocket_upgrade(self, event: h11.Request) -> None:
            self._request_timer = _cancelled(self._request_timer)
            self.transport.max_size = SOCKET_READ_BYTES  # type: ignore[attr-defined]
            super().handle_websocket_upgrade(event)
            connections.replace(self, self.transport.get_protocol())  # type: ignore[arg-type]

        def send_400_response(self, msg: str) -> None:
            if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
                self.transport.abort()
                return
            error = "expected an HTTP/1.1 request with 16 KB of headers at most, and one length"
            body = json.dumps({"error": f"{error}; got another"}).encode()
            headers = [
                (b"content-type", b"application/json"),
                (b"content-length", str(len(body)).encode()),
                (b"connection", b"close"),
            ]
            head = h11.Response(status_code=400, headers=headers, reason=b"Bad Request")
            for part in (head, h11.Data(data=body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(part) or b"")
            self.transport.close()

        def pause_writing(self) -> None:
            super().pause_writing()
            seconds = UNREAD_TIMEOUTS * limits.send_timeout
            self._answer_timer = self.loop.call_later(seconds, self.abort)

        def resume_writing(self) -> None:
            super().resume_writing()
            self._answer_timer = _cancelled(self._answer_timer)

        def _time_request(self) -> None:
            """Gives a request that has begun, or the first one, its time; more bytes give none."""
            if self.transport.get_protocol() is not self or not self.is_idle:
                self._request_timer = _cancelled(self._request_timer)
            elif self.cycle is not None and self._is_between_requests():
                self._request_timer = _cancelled(self._request_timer)
                if self.timeout_keep_alive_task is None:
                    self.timeout_keep_alive_task = self.loop.call_later(
                        self.timeout_keep_alive, self.timeout_keep_alive_handler
                    )
            elif self._request_timer is None:
                self._request_timer = self.loop.call_later(limits.send_timeout, self.abort)

        def _is_between_requests(self) -> bool:
            return self.conn.their_state is h11.IDLE and not self.conn.trailing_data[0]

    return Http


def websocket_protocol(connections: Connections) -> type[WebSocketsSansIOProtocol]:
    """WebSockets that are counted among ``connections``, with bounds to what isn't a message."""

    class WebSocket(WebSocketsSansIOProtocol):
        _control_frames = 0
        _control_since = 0.0

        @property
        def is_idle(self) -> bool:
            return False

        def abort(self) -> None:
            self.transport.abort()

        def connection_lost(self, exc: Exception | None) -> None:
            connections.remove(self)
            super().connection_lost(exc)

        async def send(self, message: Any) -> None:
            await super().send(message)
            if message["type"] == "websocket.http.response.body":
                self.handshake_complete = True  # it was: uvicorn would log an error

        def handle_ping(self) -> None:
            """Answers it, unless the client reads no answers: those would wait in memory."""
            pong = self.conn.data_to_send()
            if self._admits_control_frame() and self.writable.is_set():
                self.transport.write(b"".join(pong))

        def handle_pong(self, event: Frame) -> None:
            if self._admits_control_frame():
                super().handle_pong(event)

        def handle_cont(self, event: Frame) -> None:
            if len(self.frames) >= FRAGMENTS:
                self._refuse(1009, "too many fragments")
            elif not self.close_sent:
                super().handle_cont(event)

        def _admits_control_frame(self) -> bool:
            now = self.loop.time()
            if now - self._control_since >= 1:
                self._control_frames, self._control_since = 0, now
            self._control_frames += 1
            if self._control_frames > CONTROL_FRAMES:
                self._refuse(1008, "too many pings")
            return not self.close_sent

        def _refuse(self, code: int, reason: str) -> None:
            if self.close_sent or self.transport.is_closing():
                return
            self.conn.fail(code, reason)
            self.handle_parser_exception()
            if not self.writable.is_set():
                self.transport.abort()

    return WebSocket


def _cancelled(timer: asyncio.TimerHandle | None) -> asyncio.TimerHandle | None:
    """Cancels a timer, if there is one; gives None in its place."""
    if timer is not None:
        timer.cancel()
    return None
