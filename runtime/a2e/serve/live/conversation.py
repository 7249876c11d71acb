"""A conversation on ``/ws/a2e``: requests through the engine to replies, with back-pressure.

A client that sends too fast is read slower, and one that reads too slowly is computed slower.
Everything here belongs to the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Never

from a2e.arrays import Floats
from a2e.outputs.output import QUEUED_SECONDS
from a2e.rates import Rate
from a2e.serve.live.protocol import LiveProtocol
from a2e.serve.live.replies import Reply, text_reply, warning_reply
from a2e.serve.live.requests import Audio, Begin, Drop, Finish, Warn
from a2e.serve.live.stream import Frames, LiveStream
from a2e.serve.motion.hub import Feed
from a2e.serve.outputs import Voice
from a2e.serve.service import Service

QUEUED_MESSAGES = 2_048
"""Most messages that wait in one direction: small ones are not free."""
UNSENT_SECONDS = 10
"""Frames that may wait for a slow client, in seconds of face."""
STATS_SECONDS = 1.0
FULL = (
    f"more than {QUEUED_SECONDS} s of face wait for their time at an output; it gets no more of "
    "this speech until there is room. Send speech no faster than it is spoken"
)


class Conversation:
    """Computes what the protocol has queued, at most a hop at a time, and queues the replies."""

    def __init__(self, service: Service, protocol: LiveProtocol) -> None:
        self._service = service
        self._engine = service.engine
        self._protocol = protocol
        self._stream: LiveStream | None = None
        self._feed: Feed | None = None
        self._voice: Voice | None = None  # at outputs
        self._changed = asyncio.Event()
        self._stats_time: float | None = None
        self._told_full: int | None = None  # of which speech
        self._is_computing = self._is_sending = False

    @property
    def is_idle(self) -> bool:
        """Whether everything that came has been answered, and every answer sent."""
        protocol = self._protocol
        busy = self._is_computing or self._is_sending
        return not (busy or protocol.requests or protocol.replies)

    def receive(self, message: str | bytes) -> None:
        """Takes a client's message; raises ``RefusalError``."""
        self._protocol.receive(message, asyncio.get_running_loop().time())
        self._notify()

    def end(self) -> None:
        """Ends the speech, if there is one, and takes no more messages."""
        self._protocol.close()
        self._notify()

    async def room(self) -> None:
        """Waits until another message may be received."""
        protocol, limit = self._protocol, self._service.limits.queue_seconds
        await self._until(
            lambda: protocol.queue_seconds < limit and protocol.requests < QUEUED_MESSAGES
        )

    async def next_reply(self) -> Reply:
        """The next reply; it counts as sent when the next one is asked for."""
        self._is_sending = False
        await self._until(lambda: self._protocol.replies > 0)
        self._is_sending = True
        self._notify()
        return self._protocol.next_reply()

    async def compute(self) -> Never:
        """Answers requests for ever; raises :class:`a2e.errors.A2EError` for what can't be."""
        while True:
            await self._until(lambda: self._protocol.requests > 0)
            self._is_computing = True
            request = self._protocol.next_request(self._stream.hop_samples if self._stream else 1)
            self._notify()
            match request:
                case Begin():
                    await self._begin(request)
                case Audio():
                    await self._push(self._begun(), request)
                case Finish():
                    await self._finish(self._begun(), request.speech)
                case Warn():
                    await self._reply(warning_reply(request))
                case Drop():
                    await self._drop(self._begun(), request.speech)
            self._is_computing = False

    def close(self) -> None:
        """Gives up what others could use; renderers don't wait for what won't come."""
        if self._feed is not None:
            self._feed.send(self._begun().cut_short())
            self._feed.close()
            self._feed = None
        if self._voice is not None:
            self._voice.close()
            self._voice = None

    async def _begin(self, request: Begin) -> None:
        self.close()
        start, defaults = request.start, self._service.settings.face
        stream = await self._engine.run(LiveStream, self._engine, start, defaults)
        self._stream = stream
        if start.motion is not None:
            self._feed = self._service.hub.feed(start.motion, self._reply_played)
        if start.outputs:
            self._voice = self._service.outputs.feed(start.outputs, stream.format)
        await self._reply(stream.ready(request.speech))

    async def _push(self, stream: LiveStream, audio: Audio) -> None:
        self._change_face(stream)
        frames = await self._engine.run(stream.push, audio)
        self._service.metrics.audio.inc(audio.seconds)
        now = asyncio.get_running_loop().time
        if await self._reply_frames(frames, audio.speech):
            self._service.metrics.latency.observe(now() - audio.arrival)
        if self._stats_time is None:
            self._stats_time = now()
        if now() - self._stats_time >= STATS_SECONDS:
            self._stats_time = now()
            await self._reply(stream.stats(audio.speech, self._protocol.queue_seconds))

    async def _finish(self, stream: LiveStream, speech: int) -> None:
        self._change_face(stream)
        frames, end = await self._engine.run(stream.finish, speech)
        await self._reply_frames(frames, speech)
        if self._voice is not None and self._protocol.wants(speech):
            self._voice.end()
        await self._reply(end)

    async def _drop(self, stream: LiveStream, speech: int) -> None:
        packet = await self._engine.run(stream.reset)
        if self._feed is not None:
            self._feed.send(packet)
        if self._voice is not None:
            self._voice.cut()
        await self._reply(text_reply({"type": "reset", "speech": speech}, speech))

    async def _reply_frames(self, frames: Frames, speech: int) -> bool:
        """Whether there were frames for the client, and they are still wanted."""
        weights, reply, packet = frames
        if self._voice is not None and self._protocol.wants(speech):
            await self._send_out(self._voice, speech, weights)
        wanted = reply is None or await self._reply(reply)
        if self._feed is not None and packet is not None:
            if wanted:
                self._feed.send(packet)
            elif packet.end:
                self._feed.send(packet.cut_short())
        return wanted and reply is not None

    async def _reply(self, reply: Reply) -> bool:
        """Queues a reply when there is room; False if its speech has been dropped."""
        protocol, limit = self._protocol, UNSENT_SECONDS * self._fps
        await self._until(
            lambda: (
                (protocol.unsent_frames < limit and protocol.replies < QUEUED_MESSAGES)
                or not protocol.wants(reply.speech)
            )
        )
        wanted = protocol.reply(reply)
        self._notify()
        return wanted

    async def _send_out(self, voice: Voice, speech: int, weights: Floats) -> None:
        """Frames to the client's outputs; it is told once where they can't hold them."""
        if not voice.send(speech, weights) and speech != self._told_full:
            self._told_full = speech
            await self._reply(warning_reply(Warn(speech, "output_full", FULL)))

    def _reply_played(self, speech: int) -> None:
        self._protocol.reply(text_reply({"type": "played", "speech": speech}))
        self._notify()

    def _change_face(self, stream: LiveStream) -> None:
        change = self._protocol.take_change()
        if change is not None:
            stream.change(change)

    @property
    def _fps(self) -> Rate:
        """Frames a second: the stream's, or the model's before there is one."""
        return self._stream.fps if self._stream else self._engine.model.spec.fps

    def _begun(self) -> LiveStream:
        assert self._stream is not None
        return self._stream

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            await self._changed.wait()

    def _notify(self) -> None:
        """Has everyone who waits look again."""
        self._changed.set()
        self._changed = asyncio.Event()
