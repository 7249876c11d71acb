"""``/ws/lam_data_stream/{id}``: OpenAvatarChat's renderer listens to a motion stream."""

from __future__ import annotations

import asyncio
from typing import Never

from starlette.websockets import WebSocket

from a2e.serve.motion.hub import Renderer
from a2e.serve.motion.protocol import MAX_ID, Encoder, is_played
from a2e.serve.refusals import RefusalError
from a2e.serve.service import Service
from a2e.serve.sockets import (
    LOADING_SECONDS,
    POLL_SECONDS,
    Pacer,
    attend,
    race,
    receive,
    send,
)

UNSENT_SECONDS = 120
"""Frames that may wait for a renderer, in seconds of face: its feeder does not wait for it."""


async def serve_renderer(socket: WebSocket, service: Service, stream: str) -> None:
    """One connection of ``/ws/lam_data_stream/{stream}``."""

    async def converse() -> None:
        service.access.check_key(socket)
        service.check_open()
        if len(stream) > MAX_ID:
            raise RefusalError("bad_request", f"expected an id of at most {MAX_ID} characters")
        model = await service.engine.wait(LOADING_SECONDS)
        spec = model.spec
        with (
            service.hub.renderer(stream, UNSENT_SECONDS * spec.fps) as renderer,
            service.metrics.renderers.track_inprogress(),
        ):
            encoder = Encoder(spec.shapes, spec.fps)
            await race(
                _write(socket, service, renderer, encoder),
                _read(socket, service, renderer),
                _drain(service, renderer),
            )

    await attend(socket, service, converse, report=False)


async def _write(
    socket: WebSocket, service: Service, renderer: Renderer, encoder: Encoder
) -> Never:
    seconds = service.limits.send_timeout
    await send(socket, encoder.definition(), seconds)
    while True:
        await send(socket, encoder.encode(await renderer.take()), seconds)


async def _read(socket: WebSocket, service: Service, renderer: Renderer) -> Never:
    pacer = Pacer()
    while True:
        await pacer.pace()
        if is_played(await receive(socket)):
            service.hub.played(renderer)


async def _drain(service: Service, renderer: Renderer) -> Never:
    """Once the service is to stop: ends after the feeder, when all has been sent."""
    await service.stopping.wait()
    while service.hub.is_fed(renderer.stream) or len(renderer):
        await asyncio.sleep(POLL_SECONDS)
    raise RefusalError("restarting", "the service is about to stop; connect again")
