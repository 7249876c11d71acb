"""``/ws/lam_data_stream/{id}``: OpenAvatarChat's renderer listens to a motion stream."""

from __future__ import annotations

import asyncio
from typing import Never

from pydantic_core import from_json
from starlette.websockets import WebSocket

from a2e.serve.hub import Renderer
from a2e.serve.live import LOADING_SECONDS, POLL_SECONDS
from a2e.serve.motion import Encoder
from a2e.serve.protocol import MAX_ID
from a2e.serve.refused import RefusedError
from a2e.serve.service import Service, race
from a2e.serve.sockets import Pacer, attend, receive, send

END_SPEECH = "EndSpeech"


async def serve_renderer(socket: WebSocket, service: Service, stream: str) -> None:
    """One connection of ``/ws/lam_data_stream/{stream}``."""

    async def talk() -> None:
        service.gate.check_origin(socket)
        service.gate.check_key(socket)
        service.check_open()
        if len(stream) > MAX_ID:
            raise RefusedError("bad_request", f"expected an id of at most {MAX_ID} characters")
        model = await service.engine.wait(LOADING_SECONDS)
        with service.hub.renderer(stream) as renderer, service.metrics.renderers.track_inprogress():
            encoder = Encoder(model.names)
            await race(
                _write(socket, service, renderer, encoder),
                _read(socket, service, renderer),
                _drain(service, renderer),
            )

    await attend(socket, service, talk, tell=False)


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
        message = await receive(socket)
        if name_of(message) == END_SPEECH:
            service.hub.played(renderer)


async def _drain(service: Service, renderer: Renderer) -> Never:
    """Once the service is to stop: ends after the feeder, when all has been sent."""
    await service.stopping.wait()
    while service.hub.is_fed(renderer.stream) or len(renderer):
        await asyncio.sleep(POLL_SECONDS)
    raise RefusedError("restarting", "the service is about to stop; connect again")


def name_of(message: str | bytes) -> str | None:
    """The name in a message's header, None for one of another kind; raises ``RefusedError``."""
    if isinstance(message, bytes):
        raise RefusedError("bad_request", "expected text; got bytes")
    try:
        header = from_json(message)["header"]
        return str(header["name"])
    except (KeyError, TypeError):
        return None
    except ValueError:
        raise RefusedError(
            "bad_request", "expected a JSON object; got text that is no JSON"
        ) from None
