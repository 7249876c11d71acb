"""Runs the service: uvicorn, its sockets, and what a signal to stop does."""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import os
import signal
import socket
import sys
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from a2e.errors import OptionError
from a2e.serve.app import create_app
from a2e.serve.service import FLUSH_SECONDS, Service, location_of
from a2e.serve.settings import Settings

PONG_INTERVALS = 2
"""Ping intervals that an answer may take: while a client's audio waits its turn, the answer waits
behind it."""
CONNECTIONS = 1_000
"""Connections at once, of any kind."""
SEND_BUFFER = 1 << 17
"""Bytes that the kernel holds for one client: a few seconds of frames, not minutes."""

KERNEL_TIMEOUTS = 6
"""Send timeouts after which the kernel gives up what is left of a connection."""
READ_BYTES = 1 << 14
"""Bytes parsed in one go: thousands of tiny messages must not hold up everybody else's."""

log = logging.getLogger("a2e.serve")


def http_protocol(patience: float) -> type[H11Protocol]:
    """HTTP that waits ``patience`` seconds for a connection's first request, not for ever."""

    class Impatient(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            transport.max_size = READ_BYTES  # type: ignore[attr-defined]
            self.loop.call_later(patience, self._check)

        def _check(self) -> None:
            if self.cycle is None and self.transport.get_protocol() is self:
                self.transport.abort()

    return Impatient


class Server(uvicorn.Server):
    """A server that lets speeches end before it stops."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self.service = service
        service.on_failure = self._give_up

    def _give_up(self) -> None:
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        log.info("stopping: live streams end")
        await self.service.drain(forced=lambda: self.force_exit)
        await super().shutdown(sockets)


def serve(settings: Settings) -> None:
    """Serves until a signal says stop; raises :class:`a2e.errors.A2EError` if it can't."""
    _log_to_stderr()
    server, listener = make_server(settings)
    print(f"a2e: serving on {address_of(listener)}", file=sys.stderr, flush=True)
    for number in (signal.SIGTERM, signal.SIGINT):  # uvicorn raises it again when all is done
        signal.signal(number, lambda *_: None)
    asyncio.run(server.serve([listener]))
    if server.service.failure is not None:
        raise server.service.failure


def make_server(settings: Settings) -> tuple[Server, socket.socket]:
    """A server and the socket that it is to listen on; raises :class:`a2e.errors.OptionError`."""
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        http=http_protocol(settings.limits.send_timeout),
        ws="websockets-sansio",
        ws_max_size=settings.limits.max_message,
        ws_ping_interval=settings.limits.ping_interval,
        ws_ping_timeout=settings.limits.ping_interval * PONG_INTERVALS,
        ws_per_message_deflate=False,
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=FLUSH_SECONDS,
        log_config=None,
        access_log=False,
        server_header=False,
    )
    return Server(config, app.state.service), listen(settings)


def listen(settings: Settings) -> socket.socket:
    """A listening socket; raises :class:`a2e.errors.OptionError`.

    Its connections inherit small send buffers, and an end for peers that take nothing.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        milliseconds = int(1_000 * settings.limits.send_timeout * KERNEL_TIMEOUTS)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise OptionError(
            f"can't listen on {settings.host}:{settings.port}: {error.strerror}; give another "
            "--host or --port"
        ) from error
    return listener


def address_of(listener: socket.socket) -> str:
    """The URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _log_to_stderr() -> None:
    """Our own lines and uvicorn's warnings; neither hold what clients send, keys or paths.

    What libraries print by themselves is dropped: decoders complain of each broken block.
    """
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    faulthandler.enable(sys.stderr)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Brief("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    log.setLevel(logging.INFO)


class Brief(logging.Formatter):
    """Tells errors by type and place alone: their messages may hold what a client sent."""

    def formatException(self, ei: Any) -> str:  # noqa: N802
        return f"{ei[0].__name__} at {location_of(ei[1])}"
