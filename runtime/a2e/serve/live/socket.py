"""The socket of ``/ws/a2e``: the handshake, messages in, replies out, and the end."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Never

from starlette.websockets import WebSocket

from a2e.serve.access import key_of
from a2e.serve.clients import client_of
from a2e.serve.live.conversation import Conversation
from a2e.serve.live.protocol import LiveProtocol
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

AUTH_SECONDS = 10
"""How long a client without a key has to send it."""


async def serve_live(socket: WebSocket, service: Service) -> None:
    """One connection of ``/ws/a2e``."""
    await attend(socket, service, lambda: _converse(socket, service), report=True)


async def _converse(socket: WebSocket, service: Service) -> None:
    """Everything from the first message to the last."""
    protocol = LiveProtocol(service.access, key_of(socket))
    conversation = Conversation(service, protocol)
    while not protocol.has_begun:
        patience = service.limits.idle_timeout if protocol.is_authorized else AUTH_SECONDS
        conversation.receive(await _receive_first(socket, service, patience))
    await service.engine.wait(LOADING_SECONDS)
    with service.live_stream(lambda: protocol.queue_seconds):
        try:
            await race(
                _read(socket, service, conversation),
                conversation.compute(),
                _write(socket, service, conversation),
                _drain(service, protocol, conversation),
            )
        finally:
            conversation.close()


async def _receive_first(socket: WebSocket, service: Service, seconds: float) -> str | bytes:
    """A message of a client that has not begun, whose place another may need."""
    client = client_of(socket.client.host if socket.client else "")
    try:
        async with asyncio.timeout(seconds) as timeout:
            with service.waiting.place(timeout, client):
                return await receive(socket)
    except TimeoutError:
        raise RefusalError(
            "idle", f"expected a start message within {seconds:g} s, or sooner when many wait"
        ) from None


async def _receive(socket: WebSocket, seconds: float) -> str | bytes:
    """The next message; raises ``RefusalError`` if none comes for ``seconds``."""
    try:
        async with asyncio.timeout(seconds):
            return await receive(socket)
    except TimeoutError:
        raise RefusalError(
            "idle", f"expected a message within {seconds:g} s; connect again to go on"
        ) from None


async def _read(socket: WebSocket, service: Service, conversation: Conversation) -> Never:
    pacer = Pacer()
    while True:
        await pacer.pace()
        await conversation.room()
        try:
            message = await _receive(socket, service.limits.idle_timeout)
        except RefusalError:
            if conversation.is_idle:
                raise
        else:
            conversation.receive(message)


async def _write(socket: WebSocket, service: Service, conversation: Conversation) -> Never:
    while True:
        reply = await conversation.next_reply()
        await send(socket, reply.content, service.limits.send_timeout)
        service.metrics.frames.inc(reply.frames)


async def _drain(service: Service, protocol: LiveProtocol, conversation: Conversation) -> Never:
    """Once the service is to stop: lets the speech end, in time, and says so."""
    await service.stopping.wait()
    with suppress(TimeoutError):
        async with asyncio.timeout(service.limits.drain_seconds):
            while protocol.is_speaking:
                await asyncio.sleep(POLL_SECONDS)
    conversation.end()
    while not conversation.is_idle:
        await asyncio.sleep(POLL_SECONDS)
    raise RefusalError("restarting", "the service is about to stop; connect again")
