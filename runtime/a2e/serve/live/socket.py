"""The socket side of ``/ws/a2e``: reads commands and audio, sends what is in the outbox."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Never

import numpy as np
from starlette.websockets import WebSocket

from a2e.serve.boxes import Audio, Begin, Drop, Finish, Inbox, Outbox
from a2e.serve.gate import key_of
from a2e.serve.protocol import (
    DTYPES,
    Auth,
    ChangeFace,
    Command,
    End,
    Reset,
    Start,
    parse_command,
)
from a2e.serve.refused import RefusedError
from a2e.serve.service import FPS, WAITING_SECONDS, Service, race
from a2e.serve.sockets import Pacer, attend, receive, send
from a2e.serve.speaker import Speaker

LOADING_SECONDS = 2
"""How long a client waits for a model that is still loading."""
POLL_SECONDS = 0.02
AUTH_SECONDS = 10
"""How long a client without a key has to send it."""


async def serve_live(socket: WebSocket, service: Service) -> None:
    """One connection of ``/ws/a2e``."""
    await attend(socket, service, Live(socket, service).talk, tell=True)


class Live:
    """One client's live stream."""

    def __init__(self, socket: WebSocket, service: Service) -> None:
        self._socket = socket
        self._service = service
        self._limits = service.limits
        self._inbox = Inbox(self._limits.queue_seconds)
        self._outbox = Outbox(WAITING_SECONDS * FPS)
        self._speaker = Speaker(service, self._inbox, self._outbox)
        self._start: Start | None = None
        self._rest = b""
        self._speech = 0
        self._speaking = False  # audio of a speech has come, its end has not
        self._closing = False

    @property
    def waiting(self) -> float:
        """Seconds of audio that wait to be computed."""
        return self._inbox.seconds

    async def talk(self) -> None:
        """Everything from the first message to the last."""
        self._service.gate.check_origin(self._socket)
        start = await self._first_start()
        await self._service.engine.wait(LOADING_SECONDS)
        with self._service.place(self):
            await self._command(start)
            try:
                await race(self._read(), self._speaker.run(), self._send(), self._drain())
            finally:
                self._speaker.close()

    async def _first_start(self) -> Start:
        """The first message, after an optional ``auth``; raises ``RefusedError``."""
        gate, patience = self._service.gate, self._limits.idle_timeout
        key = key_of(self._socket)
        if key is not None:
            gate.check(key)
        known = gate.admits(key)
        command = await self._next_command(patience if known else AUTH_SECONDS)
        if isinstance(command, Auth):
            gate.check(command.key)
            command = await self._next_command(patience)
        elif not known:
            gate.check(None)
        if not isinstance(command, Start):
            raise RefusedError("bad_request", "expected a start message first; got another")
        return command

    async def _next_command(self, seconds: float) -> Command:
        message = await self._receive(seconds)
        if isinstance(message, bytes):
            raise RefusedError("bad_request", "expected a start message first; got audio")
        return parse_command(message)

    async def _receive(self, seconds: float) -> str | bytes:
        try:
            async with asyncio.timeout(seconds):
                return await receive(self._socket)
        except TimeoutError:
            raise RefusedError(
                "idle", f"expected a message within {seconds:g} s; connect again to go on"
            ) from None

    async def _read(self) -> Never:
        pacer = Pacer()
        while True:
            await pacer.pace()
            try:
                message = await self._receive(self._limits.idle_timeout)
            except RefusedError:
                if self._quiet:
                    raise
                continue
            if self._closing:
                continue  # what comes now is for another service
            if isinstance(message, bytes):
                await self._hear(message)
            else:
                await self._command(parse_command(message))

    async def _hear(self, data: bytes) -> None:
        start = self._begun()
        data = self._rest + data
        dtype = DTYPES[start.sample_format]
        whole = len(data) // (dtype.itemsize * start.channels) * dtype.itemsize * start.channels
        self._rest = data[whole:]
        if not whole:
            return
        self._speaking = True
        samples = np.frombuffer(data[:whole], dtype).reshape(-1, start.channels)
        samples = samples.astype(dtype.newbyteorder("="), copy=False)
        now = asyncio.get_running_loop().time()
        await self._inbox.put(Audio(self._speech, samples, len(samples) / start.rate, now))

    async def _command(self, command: Command) -> None:
        match command:
            case Start():
                if self._speaking:
                    raise RefusedError(
                        "bad_request", "expected end or reset before another start; got start"
                    )
                self._start, self._rest = command, b""
                await self._inbox.put(Begin(self._speech, command))
            case ChangeFace():
                self._speaker.change = command
            case End():
                await self._inbox.put(Finish(self._next_speech() - 1))
            case Reset():
                speech = self._next_speech()
                self._inbox.drop()
                self._outbox.drop(speech)
                await self._inbox.put(Drop(speech))
            case Auth():
                pass

    def _next_speech(self) -> int:
        self._begun()
        self._rest, self._speaking = b"", False
        self._speech += 1
        return self._speech

    async def _send(self) -> Never:
        while True:
            message = await self._outbox.take()
            await send(self._socket, message.content, self._limits.send_timeout)
            self._service.metrics.frames.inc(message.frames)

    async def _drain(self) -> Never:
        """Once the service is to stop: lets the speech end, in time, and says so."""
        await self._service.stopping.wait()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._limits.drain_seconds):
                while self._speaking:
                    await asyncio.sleep(POLL_SECONDS)
        self._inbox.end(Finish(self._next_speech() - 1) if self._speaking else None)
        self._closing = True
        while not self._quiet:
            await asyncio.sleep(POLL_SECONDS)
        raise RefusedError("restarting", "the service is about to stop; connect again")

    @property
    def _quiet(self) -> bool:
        """Whether everything that came has been answered."""
        return not len(self._inbox) and not self._speaker.working and self._outbox.idle

    def _begun(self) -> Start:
        assert self._start is not None
        return self._start
