"""The gRPC server beside the HTTP server: its port, its limits, its health, its end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from a2e.errors import OptionError
from a2e.serve.audio2face.servicer import SERVICE, Servicer
from a2e.serve.refusals import RefusalError
from a2e.serve.service import FLUSH_SECONDS, Service

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING

log = logging.getLogger("a2e.serve")


@asynccontextmanager
async def grpc_server(service: Service, host: str, port: int) -> AsyncIterator[str]:
    """A server while it lasts, and its address; raises :class:`a2e.errors.OptionError`."""
    server = grpc.aio.server(
        handlers=(Servicer(service).handler(),),
        options=options(service),
        maximum_concurrent_rpcs=service.limits.max_connections,
    )
    checks = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(checks, server)
    place = f"[{host}]" if ":" in host else host
    try:
        bound = server.add_insecure_port(f"{place}:{port}")
    except RuntimeError:
        raise OptionError(
            f"can't listen on {place}:{port} for gRPC; give another --host or --grpc"
        ) from None
    await server.start()
    telling = asyncio.create_task(tell_health(service, checks))
    try:
        yield f"{place}:{bound}"
    finally:
        telling.cancel()
        await server.stop(FLUSH_SECONDS)


def options(service: Service) -> list[tuple[str, int]]:
    """gRPC's own limits, from the service's."""
    limits = service.limits
    return [
        ("grpc.so_reuseport", 0),  # a port in use is an error
        ("grpc.max_receive_message_length", limits.max_message),
        ("grpc.max_concurrent_streams", limits.max_connections),
        ("grpc.max_connection_idle_ms", int(1_000 * limits.keep_alive)),
        ("grpc.keepalive_time_ms", int(1_000 * limits.ping_interval)),
        ("grpc.keepalive_timeout_ms", int(1_000 * limits.ping_interval)),
        ("grpc.http2.max_ping_strikes", 10),
    ]


async def tell_health(service: Service, checks: health.aio.HealthServicer) -> None:
    """Keeps ``grpc.health.v1`` true: serving from the loaded model until the signal to stop."""
    await _tell(checks, NOT_SERVING)
    with suppress(RefusalError):
        await service.engine.wait(service.limits.load_timeout)
        await _tell(checks, SERVING)
    await service.stopping.wait()
    await _tell(checks, NOT_SERVING)


async def _tell(checks: health.aio.HealthServicer, status: int) -> None:
    for name in ("", SERVICE):
        await checks.set(name, status)
