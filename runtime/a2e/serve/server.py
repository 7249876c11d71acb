"""Runs the service: uvicorn, its sockets, and what a signal to stop does."""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import os
import signal
import socket
import sys
import threading
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from typing import Any, Never

import uvicorn

from a2e.errors import OptionError
from a2e.serve.app import create_app
from a2e.serve.connections import RESERVE, http_protocol, websocket_protocol
from a2e.serve.service import FLUSH_SECONDS, Service, location_of
from a2e.serve.settings import Limits, Settings

PONG_INTERVALS = 2
"""Ping intervals that an answer may take: while a client's audio waits its turn, the answer waits
behind it."""
SEND_BUFFER = 1 << 17
"""Bytes that the kernel holds for one client: a few seconds of frames, not minutes."""

KERNEL_TIMEOUTS = 6
"""Send timeouts after which the kernel gives up what is left of a connection."""
LAST_SECONDS = 1
"""Time that the last hop, or a model that loads, has once everything else has ended."""
POLL_SECONDS = 0.02
SPARE_FILES = 128
"""Open files besides the connections."""
GRACE_SECONDS = FLUSH_SECONDS
"""Time to stop, beyond that of the speeches and their last frames, before the process is ended."""

log = logging.getLogger("a2e.serve")


class Server(uvicorn.Server):
    """A server that lets speeches end before it stops."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self.service = service
        self.grpc_address: str | None = None
        """Where the gRPC server listens, once it does."""
        service.on_failure = self._give_up

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serves until told to stop; raises :class:`a2e.errors.OptionError` for gRPC's port."""
        async with grpc_beside(self.service) as self.grpc_address:
            if self.grpc_address is not None:
                log.info("gRPC on %s", self.grpc_address)
            await super().serve(sockets)

    def _give_up(self) -> None:
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        log.info("stopping: speeches have %g s to end", self.service.limits.drain_seconds)
        self._watch_the_end()
        await self.service.drain(forced=lambda: self.force_exit)
        await super().shutdown(sockets)

    def _watch_the_end(self) -> None:
        """Ends the process if stopping takes too long, whatever holds it up."""
        if threading.current_thread() is not threading.main_thread():
            return
        watch = threading.Timer(stop_seconds(self.service.limits), end_process, [self.service])
        watch.daemon = True
        watch.start()


def stop_seconds(limits: Limits) -> float:
    """The longest time from a signal to stop to the end of the process."""
    return limits.drain_seconds + 2 * FLUSH_SECONDS + GRACE_SECONDS


def serve(settings: Settings) -> None:
    """Serves until a signal says stop; raises :class:`a2e.errors.A2EError` if it can't."""
    _log_to_stderr()
    server, listener = make_server(settings)
    print(f"a2e: serving on {address_of(listener)}", file=sys.stderr, flush=True)
    for number in (signal.SIGTERM, signal.SIGINT):  # uvicorn raises it again when all is done
        signal.signal(number, lambda *_: None)
    asyncio.run(_serve(server, listener))
    if server.service.failure is not None:
        raise server.service.failure


async def _serve(server: Server, listener: socket.socket) -> None:
    """Serves; ends the process where a computation does not end."""
    await server.serve([listener])
    engine = server.service.engine
    with suppress(TimeoutError):
        async with asyncio.timeout(LAST_SECONDS):
            while engine.is_busy:
                await asyncio.sleep(POLL_SECONDS)
    if engine.is_busy:
        end_process(server.service)


def grpc_beside(service: Service) -> AbstractAsyncContextManager[str | None]:
    """The gRPC server that was asked for, if any, and its address.

    Raises :class:`a2e.errors.OptionError`.
    """
    settings = service.settings
    if settings.grpc is None:
        return nullcontext()
    try:
        from a2e.serve.audio2face.server import grpc_server
    except ImportError as error:
        raise OptionError(
            f"--grpc needs {error.name}; install a2e with its extra 'grpc'"
        ) from error
    return grpc_server(service, settings.host, settings.grpc)


def end_process(service: Service) -> Never:
    """Ends the process though threads still compute: nothing else stops them."""
    is_loading = not service.engine.ready and service.failure is None
    reason = service.failure or ("the model was loading" if is_loading else "a hop did not end")
    log.error("stopped in mid-computation: %s", reason)
    sys.stderr.flush()
    os._exit(0 if is_loading else 1)


def make_server(settings: Settings) -> tuple[Server, socket.socket]:
    """A server and the socket that it is to listen on; raises :class:`a2e.errors.OptionError`."""
    app = create_app(settings)
    service: Service = app.state.service
    limits = settings.limits
    _allow_files(limits.max_connections + RESERVE + SPARE_FILES)
    config = uvicorn.Config(
        app,
        http=http_protocol(service.connections, limits),
        ws=websocket_protocol(service.connections),
        ws_max_size=limits.max_message,
        ws_ping_interval=limits.ping_interval,
        ws_ping_timeout=limits.ping_interval * PONG_INTERVALS,
        ws_per_message_deflate=False,
        timeout_keep_alive=limits.keep_alive,  # type: ignore[arg-type]
        proxy_headers=False,
        timeout_graceful_shutdown=FLUSH_SECONDS,
        log_config=None,
        access_log=False,
        server_header=False,
    )
    return Server(config, service), listen(settings)


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


def _allow_files(count: int) -> None:
    """Raises this process's limit of open files to ``count``, where the system lets it."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def address_of(listener: socket.socket) -> str:
    """The URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _log_to_stderr() -> None:
    """Our own lines and uvicorn's errors; neither hold what clients send, keys or paths.

    What libraries print by themselves is dropped: decoders complain of each broken block.
    """
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    faulthandler.enable(sys.stderr)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Brief("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    log.setLevel(logging.INFO)
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)  # each broken request is a warning


class Brief(logging.Formatter):
    """Tells errors by type and place alone: their messages may hold what a client sent."""

    def formatException(self, ei: Any) -> str:  # noqa: N802
        return f"{ei[0].__name__} at {location_of(ei[1])}"
