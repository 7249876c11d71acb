"""Shared by both kinds of WebSocket: how messages come and go, and how a connection ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.responses import JSONResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from a2e.serve.refusals import RefusalError
from a2e.serve.service import Service
from a2e.serve.wire import dump

SUBPROTOCOL = "a2e"
FAREWELL_SECONDS = 2
"""How long a client that is refused has to take the message that says so."""
LOADING_SECONDS = 2
"""How long a client waits for a model that is still loading."""
POLL_SECONDS = 0.02
"""Between two looks at whether a stopping connection is done."""
MESSAGES_A_SECOND = 2_000
BURST = 100
"""Messages that may come at once."""


class GoneError(Exception):
    """The client has left."""


async def attend(
    socket: WebSocket, service: Service, converse: Callable[[], Awaitable[None]], *, report: bool
) -> None:
    """Accepts a connection and runs ``converse``; a refusal ends it with its close code.

    With ``report`` an ``error`` message goes before the close. A client that offers other
    sub-protocols than ours is told so instead: it would take any connection for one of those.
    """
    offered = socket.scope["subprotocols"]
    if offered and SUBPROTOCOL not in offered:
        error = f"expected the sub-protocol {SUBPROTOCOL}, or none; got {', '.join(offered)[:80]!r}"
        refusal = service.refuse(RefusalError("bad_request", error))
        await socket.send_denial_response(JSONResponse({"error": str(refusal)}, 400))
        return
    try:
        await socket.accept(SUBPROTOCOL if offered else None)
        service.check_room()
        service.access.check_host(socket)
        service.access.check_origin(socket)
        await converse()
    except (GoneError, WebSocketDisconnect):
        return
    except Exception as error:
        await farewell(socket, service.refuse(error), report=report)


async def farewell(socket: WebSocket, refusal: RefusalError, *, report: bool) -> None:
    """Says why, and closes; a client that does not listen is left."""
    message = {"type": "error", "code": refusal.code, "message": str(refusal)}
    try:
        async with asyncio.timeout(FAREWELL_SECONDS):
            if report:
                await socket.send_text(dump(message))
            await socket.close(refusal.ending.close, refusal.code)
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
    """Sends text or bytes; raises ``RefusalError`` if the client takes nothing for ``seconds``."""
    try:
        async with asyncio.timeout(seconds):
            if isinstance(content, str):
                await socket.send_text(content)
            else:
                await socket.send_bytes(content)
    except TimeoutError:
        raise RefusalError(
            "slow_reader", f"expected the client to read; it took nothing for {seconds:g} s"
        ) from None


async def race(*works: Awaitable[None]) -> None:
    """Runs all until one ends, then stops the others; raises what that one raised."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        first = next((task for task in tasks if task.done()), None)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if first is not None:
        first.result()
