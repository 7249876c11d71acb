"""A conversation on ``/ws/a2e``: requests through the engine to replies, with back-pressure.

A client that sends too fast is read slower, and one that reads too slowly is computed slower.
Everything but :class:`LiveStream` belongs to the event loop.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import NamedTuple, Never

from a2e.arrays import Floats
from a2e.options import Face
from a2e.post import MOODS
from a2e.serve.engine import Engine, check_frames
from a2e.serve.live.messages import ChangeFace, Start
from a2e.serve.live.protocol import (
    VERSION,
    Audio,
    Begin,
    Drop,
    Finish,
    LiveProtocol,
    Reply,
    frames_reply,
    text_reply,
)
from a2e.serve.motion.hub import Feed
from a2e.serve.motion.protocol import Packet, Track
from a2e.serve.service import Service

QUEUED_MESSAGES = 2_048
"""Most messages that wait in one direction: small ones are not free."""
UNSENT_SECONDS = 10
"""Frames that may wait for a slow client, in seconds of face."""
STATS_SECONDS = 1.0


class Frames(NamedTuple):
    """Frames of some audio: for the client, and for its renderers."""

    reply: Reply | None
    packet: Packet | None


class LiveStream:
    """A stream as ``start`` asks for it, with its counts; used by one thread at a time.

    Raises :class:`a2e.errors.A2EError`.
    """

    def __init__(self, engine: Engine, start: Start, defaults: Face) -> None:
        model = engine.model
        self._engine = engine
        self._start = start
        self._face = start.applied_to(defaults)
        self._stream = self._face.open(model, start.rate)
        self._spec = model.spec
        self._track = Track(start.rate, model.spec.fps) if start.motion else None
        self._frames = self._samples = 0  # of the speech, so far
        self._computing = self._audio = 0.0  # seconds since the last stats
        self.hop_samples = max(1, start.rate * model.spec.hop // model.spec.fps)
        """Samples at the client's rate in a hop."""

    def ready(self, speech: int) -> Reply:
        """The ``ready`` message."""
        spec = self._spec
        facts = {
            "names": list(self._stream.names),
            "fps": spec.fps,
            "hop": spec.hop,
            "latency": round(self._stream.latency, 4),
            "rate": self._start.rate,
            "styles": list(spec.styles),
            "moods": list(MOODS),
        }
        return text_reply({"type": "ready", **facts, "speech": speech, "protocol": VERSION})

    def change(self, fields: ChangeFace) -> None:
        """Changes the face from the next hop on."""
        face = fields.applied_to(self._face)
        face.change(self._stream)
        self._face = face

    def push(self, audio: Audio) -> Frames:
        """The frames that audio completes."""
        start = time.perf_counter()
        with self._engine.time_hops(self._stream):
            frames = check_frames(self._stream.push(audio.samples))
        self._computing += time.perf_counter() - start
        self._audio += audio.seconds
        self._samples += len(audio.samples)
        packet = None
        if self._track is not None:
            packet = self._track.push(audio.speech, audio.samples, self._weights(frames))
        return Frames(self._reply(audio.speech, frames), packet)

    def finish(self, speech: int) -> tuple[Frames, Reply]:
        """Ends the speech: its last frames, and the ``end`` message."""
        with self._engine.time_hops(self._stream):
            frames = check_frames(self._stream.flush())
        packet = self._track.finish(speech, self._weights(frames)) if self._track else None
        last = Frames(self._reply(speech, frames), packet)
        seconds = round(self._samples / self._stream.rate, 6)
        end = {"type": "end", "speech": speech, "frames": self._frames, "seconds": seconds}
        self._frames = self._samples = 0
        return last, text_reply(end, speech)

    def reset(self) -> Packet | None:
        """Forgets the speech; its end for renderers, if they were sent any of it."""
        self._stream.reset()
        self._frames = self._samples = 0
        return self._track.reset() if self._track else None

    def cut_short(self) -> Packet | None:
        """The end of the speech here for renderers, if they were sent any of it."""
        return self._track.cut_short() if self._track else None

    def stats(self, speech: int, queue: float) -> Reply:
        """The ``stats`` since the last ones; ``queue`` is the seconds of audio that wait."""
        factor = self._computing / self._audio if self._audio else 0.0
        self._computing = self._audio = 0.0
        hop_ms = 1000 * factor * self._spec.hop / self._spec.fps
        stats = {"rtf": round(factor, 4), "hop_ms": round(hop_ms, 3), "queue": round(queue, 3)}
        return text_reply({"type": "stats", **stats}, speech)

    def _weights(self, frames: Floats) -> Floats:
        """The model's shapes of frames [n, names]: renderers have no place for a head's pose."""
        return frames[:, : len(self._spec.shapes)]

    def _reply(self, speech: int, frames: Floats) -> Reply | None:
        if not len(frames):
            return None
        first, self._frames = self._frames, self._frames + len(frames)
        return frames_reply(self._start, speech, first, frames, self._spec.fps)


class Conversation:
    """Computes what the protocol has queued, at most a hop at a time, and queues the replies."""

    def __init__(self, service: Service, protocol: LiveProtocol) -> None:
        self._service = service
        self._engine = service.engine
        self._protocol = protocol
        self._stream: LiveStream | None = None
        self._feed: Feed | None = None
        self._changed = asyncio.Event()
        self._stats_time: float | None = None
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
                case Drop():
                    await self._drop(self._begun(), request.speech)
            self._is_computing = False

    def close(self) -> None:
        """Gives up what others could use; renderers don't wait for what won't come."""
        if self._feed is not None:
            self._feed.send(self._begun().cut_short())
            self._feed.close()
            self._feed = None

    async def _begin(self, request: Begin) -> None:
        self.close()
        start, defaults = request.start, self._service.settings.face
        stream = await self._engine.run(LiveStream, self._engine, start, defaults)
        self._stream = stream
        if start.motion is not None:
            self._feed = self._service.hub.feed(start.motion, self._reply_played)
        await self._reply(stream.ready(request.speech))

    async def _push(self, stream: LiveStream, audio: Audio) -> None:
        self._change_face(stream)
        frames = await self._engine.run(stream.push, audio)
        self._service.metrics.audio.inc(audio.seconds)
        now = asyncio.get_running_loop().time
        if await self._reply_frames(frames):
            self._service.metrics.latency.observe(now() - audio.arrival)
        if self._stats_time is None:
            self._stats_time = now()
        if now() - self._stats_time >= STATS_SECONDS:
            self._stats_time = now()
            await self._reply(stream.stats(audio.speech, self._protocol.queue_seconds))

    async def _finish(self, stream: LiveStream, speech: int) -> None:
        self._change_face(stream)
        frames, end = await self._engine.run(stream.finish, speech)
        await self._reply_frames(frames)
        await self._reply(end)

    async def _drop(self, stream: LiveStream, speech: int) -> None:
        packet = await self._engine.run(stream.reset)
        if self._feed is not None:
            self._feed.send(packet)
        await self._reply(text_reply({"type": "reset", "speech": speech}, speech))

    async def _reply_frames(self, frames: Frames) -> bool:
        """Whether there were frames for the client, and they are still wanted."""
        reply, packet = frames
        wanted = reply is None or await self._reply(reply)
        if self._feed is not None and packet is not None:
            if wanted:
                self._feed.send(packet)
            elif packet.end:
                self._feed.send(packet.cut_short())
        return wanted and reply is not None

    async def _reply(self, reply: Reply) -> bool:
        """Queues a reply when there is room; False if its speech has been dropped."""
        protocol, limit = self._protocol, UNSENT_SECONDS * self._engine.model.spec.fps
        await self._until(
            lambda: (
                (protocol.unsent_frames < limit and protocol.replies < QUEUED_MESSAGES)
                or not protocol.wants(reply.speech)
            )
        )
        wanted = protocol.reply(reply)
        self._notify()
        return wanted

    def _reply_played(self, speech: int) -> None:
        self._protocol.reply(text_reply({"type": "played", "speech": speech}))
        self._notify()

    def _change_face(self, stream: LiveStream) -> None:
        change = self._protocol.take_change()
        if change is not None:
            stream.change(change)

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
