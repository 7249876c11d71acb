"""The client's socket: messages out and in, and a new connection where one breaks off."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from a2e.client.events import Ended, Event, Frames, Interrupted, Ready
from a2e.client.protocol import ClientProtocol, Message
from a2e.errors import AudioTypeError, OptionError, ServiceError

SAMPLE_BYTES = {"int16": 2, "float32": 4}
TEMPORARY = ("loading", "restarting", "too_many_streams", "internal", "idle")
"""Codes of refusals after which another try may help."""
FIRST_WAIT, LONGEST_WAIT = 0.25, 8.0
"""Seconds between two tries, which double from the first to the longest."""
CLOSE_SECONDS = 2
"""How long the service may take to answer a close."""
QUEUED_EVENTS = 256
"""Events that wait for whoever iterates; beyond them the socket is not read."""


class Client:
    """One voice on a service, with any number of speeches; an asynchronous context manager.

    ``rate`` is the audio's, Hz; ``face`` are further fields of ``start`` (``style``, ``mood``,
    ``seed`` and the rest of docs/service.md). ``key`` is the service's API key. A connection that
    breaks off is made anew, for ``patience`` seconds at most, and hears what has not been answered
    again; 0 never tries twice. Raises :class:`a2e.errors.ServiceError`, here and in every method.

    Frames are had by iterating, and somebody must: nothing more is sent while too many wait. One
    task may push while another one iterates.
    """

    def __init__(
        self,
        url: str,
        *,
        rate: int,
        sample_format: str = "int16",
        channels: int = 1,
        key: str | None = None,
        patience: float = 30.0,
        **face: Any,
    ) -> None:
        if sample_format not in SAMPLE_BYTES:
            raise OptionError(
                f"sample_format must be one of {', '.join(SAMPLE_BYTES)}; got {sample_format!r}"
            )
        self._url = url
        self._headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        self._patience = patience
        self._dtype = np.dtype(sample_format)
        start = {"rate": rate, "sample_format": sample_format, "channels": channels, **face}
        self._protocol = ClientProtocol(start, rate * channels * SAMPLE_BYTES[sample_format])
        self._socket: ClientConnection | None = None
        self._sending = asyncio.Lock()
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._taken = asyncio.Event()
        self._repeating: asyncio.Task[None] | None = None
        self._reader: asyncio.Task[None] | None = None
        self._failure: ServiceError | None = None
        self._is_closed = False

    @property
    def ready(self) -> Ready:
        """What the service said of its frames; there once the client has been entered."""
        if self._protocol.ready is None:
            raise ServiceError("expected an open client: enter it with `async with`", "unreachable")
        return self._protocol.ready

    @property
    def speech(self) -> int:
        """The number of the speech that audio belongs to now."""
        return self._protocol.number

    async def __aenter__(self) -> Self:
        await self._connect(self._patience, is_first=True)
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends the connection; whoever iterates comes to an end."""
        self._is_closed = True
        for task in (self._reader, self._repeating):
            if task is not None:
                task.cancel()
                await asyncio.wait({task})
        if self._socket is not None:
            await self._socket.close()
        self._events.put_nowait(None)

    async def push(self, samples: bytes | NDArray[Any]) -> None:
        """Audio of the current speech: bytes, cut anywhere, or samples of the client's format.

        Raises :class:`a2e.errors.AudioTypeError` for samples of another.
        """
        if not isinstance(samples, bytes):
            if samples.dtype != self._dtype:
                raise AudioTypeError(
                    f"expected samples of {self._dtype}, the client's sample_format; got "
                    f"{samples.dtype}"
                )
            samples = samples.astype(self._dtype.newbyteorder("<"), copy=False).tobytes()
        async with self._sending:
            await self._send(self._protocol.push(samples))

    async def end(self) -> int:
        """The current speech is over; its number."""
        async with self._sending:
            number = self._protocol.number
            await self._send(self._protocol.end())
            return number

    async def interrupt(self) -> None:
        """Drops the current speech and every frame that has not been taken yet."""
        async with self._sending:
            messages, event = self._protocol.interrupt()
            self._events.put_nowait(event)
            await self._send(messages)

    async def change(self, **controls: Any) -> None:
        """Changes the face: ``style``, ``gain``, ``offset``, ``clamp``, ``mute``, ``mood``."""
        async with self._sending:
            await self._send(self._protocol.change(controls))

    async def say(self, samples: bytes | NDArray[Any]) -> NDArray[np.float32]:
        """A whole speech: all its frames, float32 [n, names]; nobody else may iterate meanwhile.

        They are those that have come where the speech is interrupted.
        """
        number = self.speech
        sending = asyncio.create_task(self._say(samples))
        parts = [np.zeros((0, len(self.ready.names)), np.float32)]
        try:
            async for event in self:
                if isinstance(event, Frames) and event.speech == number:
                    parts.append(event.weights)
                elif isinstance(event, Ended | Interrupted) and event.speech >= number:
                    break
        finally:
            sending.cancel()
        return np.concatenate(parts)

    async def _say(self, samples: bytes | NDArray[Any]) -> None:
        await self.push(samples)
        await self.end()

    async def __aiter__(self) -> AsyncIterator[Event]:
        """Events as they come, until the client is closed; frames of interrupted speeches never."""
        while True:
            event = None if self._is_over and self._events.empty() else await self._events.get()
            self._taken.set()
            if event is None:
                if self._failure is not None:
                    raise self._failure
                return
            if self._protocol.wants(event):
                yield event

    @property
    def _is_over(self) -> bool:
        return self._is_closed or self._failure is not None

    async def _send(self, messages: Sequence[Message]) -> None:
        """Sends messages; what a broken connection doesn't take, the next one hears of."""
        if self._failure is not None:
            raise self._failure
        socket = self._socket
        if socket is None:
            return
        with suppress(ConnectionClosed):
            for message in messages:
                await socket.send(message)

    async def _read(self) -> None:
        """Takes messages, over all connections, until the client is closed or fails."""
        try:
            while True:
                assert self._socket is not None
                socket = self._socket
                try:
                    await self._read_all(socket)
                    refusal = ServiceError("the service has closed the connection", "unreachable")
                except ConnectionClosed as closed:
                    refusal = _lost(closed)
                except ServiceError as error:
                    refusal = error
                self._socket = None
                await socket.close()
                self._check(refusal)
                await self._connect(self._patience, is_first=False)
        except ServiceError as error:
            self._failure = error
            self._events.put_nowait(None)

    async def _read_all(self, socket: ClientConnection) -> None:
        """Takes a connection's messages as long as whoever iterates keeps up."""
        async for message in socket:
            event = self._protocol.receive(message)
            if event is not None:
                self._events.put_nowait(event)
            while self._events.qsize() > QUEUED_EVENTS:
                self._taken.clear()
                await self._taken.wait()

    async def _connect(self, patience: float, *, is_first: bool) -> None:
        """Connects and says what has not been answered; tries again while that may help."""
        loop = asyncio.get_running_loop()
        deadline, wait = loop.time() + patience, FIRST_WAIT
        while True:
            try:
                return await self._try()
            except ServiceError as error:
                self._check(error, is_first=is_first)
                if loop.time() + wait > deadline:
                    raise
            await asyncio.sleep(wait * random.uniform(0.5, 1))
            wait = min(2 * wait, LONGEST_WAIT)

    async def _try(self) -> None:
        """One connection, up to its ``ready``."""
        try:
            socket = await connect(
                self._url,
                additional_headers=self._headers,
                compression=None,
                max_size=None,
                close_timeout=CLOSE_SECONDS,
            )
        except InvalidStatus as error:
            status = error.response.status_code
            code = "too_many_streams" if status == 503 else "bad_request"
            raise ServiceError(
                f"expected a WebSocket at {self._url}; got the HTTP status {status}", code
            ) from None
        except (OSError, InvalidHandshake, InvalidURI, TimeoutError, ConnectionClosed) as error:
            raise ServiceError(
                f"can't reach {self._url}: {error}. Is a2e serve running there?", "unreachable"
            ) from None
        await self._sending.acquire()  # until all that was not answered has been said again
        try:
            await socket.send(self._protocol.begin())
            while not self._protocol.is_ready:
                self._protocol.receive(await socket.recv())
        except BaseException as error:
            self._sending.release()
            await socket.close()
            if isinstance(error, ConnectionClosed):
                raise _lost(error) from None
            raise
        self._socket = socket
        self._repeating = asyncio.create_task(self._repeat(socket, self._protocol.repeat()))

    async def _repeat(self, socket: ClientConnection, messages: Sequence[Message]) -> None:
        """While the reader reads: more is said than the service takes without being read."""
        try:
            with suppress(ConnectionClosed):
                for message in messages:
                    await socket.send(message)
        finally:
            self._sending.release()

    def _check(self, error: ServiceError, *, is_first: bool = False) -> None:
        """Raises ``error`` unless another try may help: nobody may be there yet only later on."""
        later = () if is_first else ("unreachable",)
        if self._patience <= 0 or error.code not in (*TEMPORARY, *later):
            raise error


def _lost(closed: ConnectionClosed) -> ServiceError:
    """What a close says: a refusal has its code for a reason."""
    reason = closed.rcvd.reason if closed.rcvd is not None else ""
    return ServiceError(f"the connection has ended: {closed}", reason or "unreachable")
