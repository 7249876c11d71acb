"""What both kinds of WebSocket share: how messages come and go, and how a connection ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.websockets import WebSocket, WebSocketDisconnect

from a2e.serve.protocol import dump
from a2e.serve.refused import RefusedError
from a2e.serve.service import Service

FAREWELL_SECONDS = 2
"""How long a client that is refused has to take the message that says so."""


MESSAGES_A_SECOND = 2_000
BURST = 100
"""Messages that may come at once."""


class GoneError(Exception):
    """The client has left."""


async def attend(
    socket: WebSocket, service: Service, talk: Callable[[], Awaitable[None]], *, tell: bool
) -> None:
    """Accepts a connection and has ``talk`` until it ends; a refusal ends it with its close code.

    With ``tell`` an ``error`` message goes before the close.
    """
    try:
        await socket.accept()
        await talk()
    except (GoneError, WebSocketDisconnect):
        return
    except Exception as error:
        await farewell(socket, service.refuse(error), tell=tell)


async def farewell(socket: WebSocket, refused: RefusedError, *, tell: bool) -> None:
    """Says why, and closes; a client that does not listen is left."""
    message = {"type": "error", "code": refused.code, "message": str(refused)}
    try:
        async with asyncio.timeout(FAREWELL_SECONDS):
            if tell:
                await socket.send_text(dump(message))
            await socket.close(refused.ending.close, refused.code)
    except (TimeoutError, WebSocketDisconnect, RuntimeError):
        pass


async def receive(socket: WebSocket) -> str | bytes:
    """The next message; raises ``GoneError``."""
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise GoneError
    text: str | None = message.get("text")
    data: bytes | None = message.get("bytes")
    return text if text is not None else data or b""


class Pacer:
    """Lets a client send so many messages a second; a flood of tiny ones waits in its socket."""

    def __init__(self) -> None:
        self._count = 0
        self._since = 0.0

    async def pace(self) -> None:
        """Waits a little if too many messages came lately."""
        self._count += 1
        if self._count % BURST:
            return
        now = asyncio.get_running_loop().time()
        await asyncio.sleep(max(0.0, self._since + BURST / MESSAGES_A_SECOND - now))
        self._since = asyncio.get_running_loop().time()


async def send(socket: WebSocket, content: str | bytes, seconds: float) -> None:
    """Sends text or bytes; raises ``RefusedError`` if the client takes nothing for ``seconds``."""
    try:
        async with asyncio.timeout(seconds):
            if isinstance(content, str):
                await socket.send_text(content)
            else:
                await socket.send_bytes(content)
    except TimeoutError:
        raise RefusedError(
            "slow_reader", f"expected the client to read; it took nothing for {seconds:g} s"
        ) from None
