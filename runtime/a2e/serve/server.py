"""Runs the service: uvicorn, its sockets, and what a signal to stop does."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys

import uvicorn

from a2e.errors import OptionError
from a2e.serve.app import create_app
from a2e.serve.service import FLUSH_SECONDS, Service
from a2e.serve.settings import Settings

PING_SECONDS = 20
PONG_SECONDS = 40
"""A client that answers no ping for so long is gone. While its audio waits its turn, the answer
waits behind it."""
CONNECTIONS = 1_000
"""Connections at once, of any kind."""
SEND_BUFFER = 1 << 17
"""Bytes that the kernel holds for one client: a few seconds of frames, not minutes."""

log = logging.getLogger("a2e.serve")


class Server(uvicorn.Server):
    """A server that lets speeches end before it stops."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        log.info("stopping: live streams end")
        await self._service.drain(forced=lambda: self.force_exit)
        await super().shutdown(sockets)


def serve(settings: Settings) -> None:
    """Serves until a signal says stop; raises :class:`a2e.errors.A2EError` if it can't."""
    _log_to_stderr()
    app = create_app(settings)
    service: Service = app.state.service
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        ws="websockets-sansio",
        ws_max_size=settings.limits.max_message,
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PONG_SECONDS,
        ws_per_message_deflate=False,
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=FLUSH_SECONDS,
        log_config=None,
        access_log=False,
        server_header=False,
    )
    server = Server(config, service)

    def give_up() -> None:
        server.should_exit = True

    service.on_failure = give_up
    listener = listen(settings)
    host, port = listener.getsockname()[:2]
    print(f"a2e: serving on http://{f'[{host}]' if ':' in host else host}:{port}", file=sys.stderr)
    for number in (signal.SIGTERM, signal.SIGINT):  # uvicorn raises it again when all is done
        signal.signal(number, lambda *_: None)
    asyncio.run(server.serve([listener]))
    if service.failure is not None:
        raise service.failure


def listen(settings: Settings) -> socket.socket:
    """A listening socket; raises :class:`a2e.errors.OptionError`.

    Its connections inherit small send buffers, and an end for peers that take nothing.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        milliseconds = int(settings.limits.send_timeout * 1000)
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


def _log_to_stderr() -> None:
    """Our own lines and uvicorn's warnings; neither hold what clients send, keys or paths."""
    logging.basicConfig(
        format="%(asctime)s %(levelname)s %(message)s", level=logging.WARNING, stream=sys.stderr
    )
    log.setLevel(logging.INFO)
