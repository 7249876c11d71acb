"""A call's conversation: requests through the engine to answers, with back-pressure.

A client that sends too fast is read slower, and one that reads too slowly is computed slower.
Everything here belongs to the event loop.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from a2e.serve.audio2face.answers import SUCCESS, WARNING, end_answer, status_answer
from a2e.serve.audio2face.protocol import Audio2FaceProtocol, Begin, Finish, Piece
from a2e.serve.audio2face.stream import ClipStream
from a2e.serve.refusals import RefusalError
from a2e.serve.service import Service

QUEUED_MESSAGES = 2_048
"""Most messages that wait: small ones are not free."""


class Conversation:
    """Computes what the protocol has queued, at most a hop at a time; ``send`` waits until the
    client takes an answer."""

    def __init__(
        self,
        service: Service,
        protocol: Audio2FaceProtocol,
        send: Callable[[bytes], Awaitable[None]],
    ) -> None:
        self._service = service
        self._protocol = protocol
        self._send = send
        self._changed = asyncio.Event()
        self._is_computing = False

    @property
    def is_idle(self) -> bool:
        """Whether everything that came has been answered."""
        return not (self._is_computing or self._protocol.requests)

    def receive(self, data: bytes) -> None:
        """Takes a client's message; raises :class:`a2e.errors.A2EError`."""
        self._protocol.receive(data, asyncio.get_running_loop().time())
        self._changed.set()

    def end(self) -> None:
        """The client sends no more; raises ``RefusalError`` if too little came."""
        self._protocol.end()
        self._changed.set()

    def cut(self) -> None:
        """Ends the clip where it is."""
        self._protocol.cut()
        self._changed.set()

    async def room(self) -> None:
        """Waits until another message may be received."""
        protocol, limit = self._protocol, self._service.limits.queue_seconds
        await self._until(
            lambda: protocol.queue_seconds < limit and protocol.requests < QUEUED_MESSAGES
        )

    async def answer(self) -> None:
        """Answers the whole clip; raises :class:`a2e.errors.A2EError` for what can't be."""
        stream: ClipStream | None = None
        while True:
            await self._until(lambda: self._protocol.requests > 0)
            self._is_computing = True
            request = self._protocol.next_request(stream.hop_samples if stream else 1)
            self._changed.set()
            match request:
                case Begin():
                    stream = await self._begin(request)
                case Piece():
                    assert stream is not None
                    await self._push(stream, request)
                case Finish():
                    assert stream is not None
                    return await self._finish(stream, request)
            self._is_computing = False

    async def _begin(self, request: Begin) -> ClipStream:
        engine, face = self._service.engine, self._service.settings.face
        stream = await engine.run(ClipStream, engine, request.header, face)
        await self._send(stream.header(time.time()))
        await self._warn(stream.warnings())
        return stream

    async def _push(self, stream: ClipStream, piece: Piece) -> None:
        answers = await self._service.engine.run(stream.push, piece)
        metrics = self._service.metrics
        metrics.audio.inc(len(piece.samples) / stream.rate)
        await self._warn(stream.warnings())
        if await self._give(answers):
            metrics.latency.observe(asyncio.get_running_loop().time() - piece.arrival)

    async def _finish(self, stream: ClipStream, request: Finish) -> None:
        await self._give(await self._service.engine.run(stream.finish))
        if request.pending:
            await self._warn(
                ["the clip ended within a sample; the byte of it that came is left out"]
            )
        await self._send(end_answer())
        if self._protocol.is_cut:
            raise RefusalError("restarting", "the service is about to stop; call again")
        await self._send(status_answer(SUCCESS, f"all {stream.frames} frames have been sent"))

    async def _give(self, frames: Sequence[bytes]) -> bool:
        """Whether there were frames."""
        for frame in frames:
            await self._send(frame)
        self._service.metrics.frames.inc(len(frames))
        return bool(frames)

    async def _warn(self, warnings: Sequence[str]) -> None:
        for warning in warnings:
            await self._send(status_answer(WARNING, warning))

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self._changed.clear()
            await self._changed.wait()
