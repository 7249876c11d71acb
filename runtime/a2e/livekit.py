"""A face for a LiveKit agent: its speech passes, its frames go to the room as data packets.

    session = AgentSession(stt=…, llm=…, tts=…)
    await session.start(agent, room=ctx.room)
    avatar = AvatarSession("ws://127.0.0.1:8000/ws/a2e")
    await avatar.start(session, ctx.room)

Needs the extra ``livekit``. Topic ``a2e.names`` carries ``{"names", "fps"}`` as JSON before a
segment's first frames; ``a2e.face`` carries frames as ``/ws/a2e`` sends them in binary.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeAlias

from a2e.binary_frames import BinaryFrames, pack_frames
from a2e.client import Client, Ended, Frames
from a2e.client.pairing import Pairing, Released, Sound
from a2e.client.playback import Playback
from a2e.errors import A2EError, OptionError

try:
    from livekit import rtc
    from livekit.agents.voice import io
except ImportError as error:
    raise OptionError(
        f"LiveKit's face needs {error.name}; install a2e with its extra 'livekit'"
    ) from error

NAMES_TOPIC, FACE_TOPIC = "a2e.names", "a2e.face"
SAMPLE_BYTES = 2
LEAD_SECONDS = 0.05
"""How long before its audio a frame goes out: packets overtake nobody."""
POLL_SECONDS = 0.01
PAUSE_SECONDS = 0.25
"""A voice that pauses for longer has what it said so far shown to its end."""
FLUSH = object()
"""Marks the end of a segment among its audio."""

Send: TypeAlias = Callable[[str, bytes], Awaitable[None]]
"""Sends a payload under a topic."""


class AvatarSession:
    """A face for an agent's session; arguments are those of :class:`FaceOutput`."""

    def __init__(self, url: str, **options: Any) -> None:
        self._url, self._options = url, options
        self._output: FaceOutput | None = None

    async def start(self, agent_session: Any, room: Any) -> None:
        """Puts the face before the session's audio output; the session has been started."""

        async def send(topic: str, payload: bytes) -> None:
            await room.local_participant.publish_data(
                payload, topic=topic, reliable=topic == NAMES_TOPIC
            )

        self._output = FaceOutput(
            self._url, send, next_in_chain=agent_session.output.audio, **self._options
        )
        agent_session.output.audio = self._output

    async def aclose(self) -> None:
        if self._output is not None:
            await self._output.aclose()


class FaceOutput(io.AudioOutput):
    """An audio output that passes speech on to another one, and sends its face in time with it.

    ``send`` gets each hop's frames when their audio is about to be heard. Audio waits for its
    frames, at most ``patience`` seconds; where they don't come it goes on without a face until they
    come again. No frame comes after the audio that it shows, and none of a speech that was
    interrupted. ``key`` is the service's API key; further arguments are fields of ``start``.
    """

    def __init__(
        self,
        url: str,
        send: Send,
        *,
        next_in_chain: io.AudioOutput,
        key: str | None = None,
        patience: float = 1.0,
        **face: Any,
    ) -> None:
        super().__init__(
            label="a2e",
            next_in_chain=next_in_chain,
            sample_rate=next_in_chain.sample_rate,
            capabilities=io.AudioOutputCapabilities(pause=True),
        )
        self._url, self._send, self._key, self._face = url, send, key, face
        self._patience = patience
        self._client: Client | None = None
        self._format = (0, 0)  # rate and channels
        self._pairing = Pairing(1, 1)
        self._playback = Playback()
        self._faces: deque[tuple[float, Frames]] = deque()  # that wait to be due
        self._has_audio = self._has_begun = False  # of the segment: any, and any that went on
        self._is_speaking = self._is_alone = False
        self._heard = self._moved = 0.0
        self._interruptions = 0
        self._speaking, self._leaving = asyncio.Lock(), asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self.failure: A2EError | None = None
        """Why there is no face, if there is none."""

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)
        self._has_audio = True
        if self._format != (frame.sample_rate, frame.num_channels):
            await self._open(frame.sample_rate, frame.num_channels)
        now = time.time()
        if self._pairing.is_empty:
            self._moved = now
        data = bytes(frame.data.cast("b"))
        async with self._speaking:
            speech = self._client.speech if self._client is not None else 0
            self._heard, self._is_speaking = now, True
            self._pairing.push(speech, data, frame)
            if self._client is not None:
                with suppress(A2EError):  # the reader tells
                    await self._client.push(data)
        if self._is_alone or self._client is None:
            await self._release(None)

    def flush(self) -> None:
        super().flush()
        if self._pairing.mark(FLUSH):
            self._do(self._end())
        else:
            self._do(self._pass_flush())

    def clear_buffer(self) -> None:
        self._interruptions += 1
        was_flushed = any(item is FLUSH for item in self._pairing.release())
        self._pairing.clear()
        self._faces.clear()
        if was_flushed:
            self._flush_next()
        assert self.next_in_chain is not None
        self.next_in_chain.clear_buffer()
        self._do(self._interrupt())

    def pause(self) -> None:
        super().pause()
        self._playback.pause(time.time())

    def resume(self) -> None:
        super().resume()
        self._playback.resume(time.time())

    def on_playback_started(self, *, created_at: float) -> None:
        self._playback.start(created_at)
        super().on_playback_started(created_at=created_at)

    async def aclose(self) -> None:
        """Ends the client; audio passes no more."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.close()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _open(self, rate: int, channels: int) -> None:
        while not self._pairing.is_empty:  # of another format
            await self._end()
            await asyncio.sleep(POLL_SECONDS)
        await self.aclose()
        self._client, self._format = None, (rate, channels)
        self._pairing = Pairing(rate * channels * SAMPLE_BYTES, channels * SAMPLE_BYTES)
        client = Client(self._url, rate=rate, channels=channels, key=self._key, **self._face)
        self._do(self._watch())
        try:
            async with asyncio.timeout(self._patience):
                await client.__aenter__()
        except (A2EError, TimeoutError) as error:
            await client.close()
            self.failure = error if isinstance(error, A2EError) else None
            return
        self._client = client
        self._do(self._read(client))

    async def _end(self) -> None:
        async with self._speaking:
            if self._is_speaking and self._client is not None:
                self._is_speaking = False
                with suppress(A2EError):
                    await self._client.end()

    async def _interrupt(self) -> None:
        async with self._speaking:
            self._is_speaking = False
            if self._client is not None:
                with suppress(A2EError):
                    await self._client.interrupt()

    async def _read(self, client: Client) -> None:
        try:
            async for event in client:
                if isinstance(event, Frames | Ended):
                    self._is_alone = False
                    await self._release(event)
        except A2EError as error:
            self.failure, self._client = error, None
            await self._release(None)

    async def _watch(self) -> None:
        """Sends faces when they are due; ends speeches that pause, and waits that last too long."""
        while True:
            await asyncio.sleep(POLL_SECONDS)
            await self._send_due()
            now = time.time()
            if self._is_speaking and now - self._heard > PAUSE_SECONDS:
                await self._end()
            if not self._pairing.is_empty and now - self._moved > self._patience:
                self._is_alone = True
                await self._release(None)

    async def _send_due(self) -> None:
        while self._faces:
            position, frames = self._faces[0]
            if not self._playback.is_due(position, time.time() + LEAD_SECONDS):
                return
            self._faces.popleft()
            message = pack_frames(BinaryFrames(frames.speech, frames.first, frames.weights))
            await self._send(FACE_TOPIC, message)

    async def _release(self, event: Frames | Ended | None) -> None:
        """Passes on what an event lets go, or all that waits, until an interruption forgets it."""
        async with self._leaving:
            interruptions = self._interruptions
            for item in self._released(event):
                if self._interruptions != interruptions:
                    return
                self._moved = time.time()
                await self._pass(item)

    def _released(self, event: Frames | Ended | None) -> list[Released]:
        match event:
            case Frames():
                assert self._client is not None
                return self._pairing.frames(event, self._client.ready.fps)
            case Ended():
                return self._pairing.ended(event)
        return self._pairing.release()

    async def _pass(self, item: Released) -> None:
        assert self.next_in_chain is not None
        if isinstance(item, Frames):
            await self._begin()
            self._faces.append((self._playback.position, item))
            await self._send_due()
        elif isinstance(item, Sound):
            await self._begin()
            rate, channels = self._format
            count = len(item.data) // (SAMPLE_BYTES * channels)
            self._playback.hand_over(count / rate, time.time())
            await self.next_in_chain.capture_frame(rtc.AudioFrame(item.data, rate, channels, count))
        else:
            self._flush_next()

    async def _begin(self) -> None:
        """A segment begins with the names of what follows."""
        if self._has_begun:
            return
        self._has_begun, self._playback = True, Playback()
        if self._client is not None:
            ready = self._client.ready
            names = {"names": list(ready.names), "fps": ready.fps}
            await self._send(NAMES_TOPIC, json.dumps(names).encode())

    async def _pass_flush(self) -> None:
        async with self._leaving:
            self._flush_next()

    def _flush_next(self) -> None:
        """The segment has gone on, or, where none of it has, was interrupted."""
        assert self.next_in_chain is not None
        has_audio, has_begun = self._has_audio, self._has_begun
        self._has_audio = self._has_begun = False
        if has_begun:
            self.next_in_chain.flush()
        elif has_audio:
            self.on_playback_finished(playback_position=0.0, interrupted=True)
