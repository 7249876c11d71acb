"""The gRPC side of Audio2Face-3D: one call of ``ProcessAudioStream``, and how it ends."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, Never
from urllib.parse import unquote

import grpc

from a2e.serve.access import shown_key
from a2e.serve.audio2face.answers import ERROR, status_answer
from a2e.serve.audio2face.conversation import Conversation
from a2e.serve.audio2face.protocol import Audio2FaceProtocol
from a2e.serve.clients import client_of
from a2e.serve.refusals import RefusalError
from a2e.serve.service import Service
from a2e.serve.sockets import (
    FAREWELL_SECONDS,
    LOADING_SECONDS,
    POLL_SECONDS,
    Pacer,
    race,
)

SERVICE = "nvidia_ace.services.a2f_controller.v1.A2FControllerService"
METHOD = "ProcessAudioStream"


class Servicer:
    """Answers calls; messages are bytes, which the protocol reads."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def handler(self) -> Any:
        """For a ``grpc.aio`` server."""
        method = grpc.stream_stream_rpc_method_handler(self.process)
        return grpc.method_handlers_generic_handler(SERVICE, {METHOD: method})

    async def process(self, _: Any, context: Any) -> None:
        """One call."""
        call = Call(self._service, context)
        try:
            await call.converse()
        except Exception as error:
            await call.refuse(self._service.refuse(error))
        finally:
            call.close()


class Call:
    """One call: one clip."""

    def __init__(self, service: Service, context: Any) -> None:
        self._service = service
        self._context = context
        self._protocol = Audio2FaceProtocol(service.limits.max_seconds)
        self._conversation = Conversation(service, self._protocol, self._send)
        self._read: asyncio.Future[Any] | None = None
        self._write: asyncio.Future[Any] | None = None  # gRPC can't take one back
        self._has_answered = False

    async def converse(self) -> None:
        """Everything from the first message to the last; raises ``RefusalError``."""
        service, protocol = self._service, self._protocol
        service.access.check(shown_key(dict(self._context.invocation_metadata())))
        try:
            await self._receive_first()
            await service.engine.wait(LOADING_SECONDS)
            with service.live_stream(lambda: protocol.queue_seconds):
                await race(self._conversation.answer(), self._read_on(), self._drain())
        finally:
            if self._read is not None:
                self._read.cancel()

    def close(self) -> None:
        """Gives up an answer that nobody takes."""
        if self._write is not None:
            self._write.cancel()

    async def refuse(self, refusal: RefusalError) -> None:
        """Ends the call with the refusal's status; a clip that has begun hears it before, too."""
        if self._has_answered and await self._has_written(FAREWELL_SECONDS):
            with suppress(RefusalError):
                await self._send(status_answer(ERROR, str(refusal)))
        code = grpc.StatusCode[refusal.ending.grpc or "UNKNOWN"]
        await self._context.abort(code, str(refusal))

    async def _receive_first(self) -> None:
        """The header, from a client whose place another may need."""
        seconds = self._service.limits.idle_timeout
        try:
            async with asyncio.timeout(seconds) as timeout:
                with self._service.waiting.place(timeout, client_at(self._context.peer())):
                    await self._receive(None)
        except TimeoutError:
            raise RefusalError(
                "idle", f"expected a header within {seconds:g} s, or sooner when many wait"
            ) from None

    async def _read_on(self) -> Never:
        pacer, seconds = Pacer(), self._service.limits.idle_timeout
        while True:
            await pacer.pace()
            await self._conversation.room()
            if not await self._receive(seconds) and self._conversation.is_idle:
                raise RefusalError(
                    "idle", f"expected a message within {seconds:g} s; call again to go on"
                )

    async def _receive(self, seconds: float | None) -> bool:
        """Takes the next message; False if none came in time. Nothing follows the client's end."""
        if self._read is None:
            self._read = asyncio.ensure_future(self._context.read())
        if not (await asyncio.wait({self._read}, timeout=seconds))[0]:
            return False
        message, self._read = self._read.result(), None
        if message is grpc.aio.EOF:
            self._conversation.end()
            await forever()
        self._conversation.receive(message)
        return True

    async def _send(self, answer: bytes) -> None:
        """Sends an answer; raises ``RefusalError`` if the client takes nothing for long."""
        seconds = self._service.limits.send_timeout
        self._has_answered = True
        if await self._has_written(seconds):
            self._write = asyncio.ensure_future(self._context.write(answer))
        if not await self._has_written(seconds):
            raise RefusalError(
                "slow_reader", f"expected the client to read; it took nothing for {seconds:g} s"
            )

    async def _has_written(self, seconds: float) -> bool:
        """Whether the last answer has been taken in time."""
        if self._write is None:
            return True
        if not (await asyncio.wait({self._write}, timeout=seconds))[0]:
            return False
        self._write.result()
        return True

    async def _drain(self) -> Never:
        """Once the service is to stop: lets the clip end, in time, or ends it."""
        await self._service.stopping.wait()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._service.limits.drain_seconds):
                while not self._protocol.is_over:
                    await asyncio.sleep(POLL_SECONDS)
        self._conversation.cut()
        await forever()


async def forever() -> Never:
    """Waits for nothing, until it is cancelled."""
    while True:
        await asyncio.Event().wait()


def client_at(peer: str) -> str:
    """The client at an address such as ``ipv4:10.0.0.1:5000`` or ``ipv6:%5B::1%5D:5000``."""
    _, _, address = unquote(peer).partition(":")
    return client_of(address.rpartition(":")[0].strip("[]"))
