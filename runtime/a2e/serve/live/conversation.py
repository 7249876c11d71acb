"""The computing side of a live stream: from its inbox, through the engine, to its outbox."""

from __future__ import annotations

import asyncio
from typing import Never

from a2e.serve.boxes import Audio, Begin, Drop, Finish, Inbox, Outbox
from a2e.serve.hub import Feed
from a2e.serve.protocol import PROTOCOL, FaceOptions
from a2e.serve.service import Service
from a2e.serve.voice import Said, Voice, told

STATS_SECONDS = 1.0


class Speaker:
    """Takes what waits, at most a hop at a time, and says its frames."""

    def __init__(self, service: Service, inbox: Inbox, outbox: Outbox) -> None:
        self._service = service
        self._engine = service.engine
        self._inbox = inbox
        self._outbox = outbox
        self._voice: Voice | None = None
        self._feed: Feed | None = None
        self._stats_at: float | None = None
        self.change: FaceOptions | None = None
        """What the face shall be changed to before the next hop."""
        self.working = False
        """Whether something has been taken from the inbox and is not in the outbox yet."""

    async def run(self) -> Never:
        """Works for ever; raises :class:`a2e.errors.A2EError` for what a client asks wrongly."""
        while True:
            samples = self._voice.hop_samples if self._voice else 1
            item = await self._inbox.take(samples)
            self.working = True
            match item:
                case Begin():
                    await self._begin(item)
                case Audio():
                    await self._hear(item)
                case Finish():
                    await self._finish(item)
                case Drop():
                    await self._drop(item)
            self.working = False

    def close(self) -> None:
        """Gives up what others could use; renderers don't wait for what won't come."""
        if self._feed is not None:
            self._feed.send(self._begun().broken_off())
            self._feed.close()
            self._feed = None

    async def _begin(self, item: Begin) -> None:
        self.close()
        model, defaults = self._engine.model, self._service.settings.face
        voice = self._voice = await self._engine.run(Voice, model, item.start, defaults)
        if item.start.motion is not None:
            self._feed = self._service.hub.feed(item.start.motion, self._tell_played)
        ready = {"type": "ready", **voice.ready, "speech": item.speech, "protocol": PROTOCOL}
        await self._outbox.put(told(ready))

    async def _hear(self, item: Audio) -> None:
        voice = self._begun()
        self._change_face(voice)
        said = await self._engine.run(voice.hear, item.speech, item.samples)
        self._service.metrics.audio.inc(item.seconds)
        if await self._say(said, item.speech):
            waited = asyncio.get_running_loop().time() - item.arrived
            self._service.metrics.latency.observe(waited)
        await self._tell_stats(voice, item.speech)

    async def _finish(self, item: Finish) -> None:
        voice = self._begun()
        self._change_face(voice)
        said, end = await self._engine.run(voice.finish, item.speech)
        await self._say(said, item.speech)
        await self._outbox.put(told(end, item.speech))

    async def _drop(self, item: Drop) -> None:
        packet = await self._engine.run(self._begun().reset)
        if self._feed is not None:
            self._feed.send(packet)
        await self._outbox.put(told({"type": "reset", "speech": item.speech}))

    async def _say(self, said: Said, speech: int) -> bool:
        """Whether there were frames, and they are still wanted."""
        wanted = said.message is None or await self._outbox.put(said.message)
        if self._feed is not None and said.packet is not None:
            if wanted:
                self._feed.send(said.packet)
            elif said.packet.end:
                self._feed.send(said.packet.broken_off())
        return wanted and said.message is not None

    def _tell_played(self, speech: int) -> None:
        self._outbox.add(told({"type": "played", "speech": speech}))

    async def _tell_stats(self, voice: Voice, speech: int) -> None:
        now = asyncio.get_running_loop().time()
        if self._stats_at is None:
            self._stats_at = now
        if now - self._stats_at >= STATS_SECONDS:
            self._stats_at = now
            await self._outbox.put(told(voice.stats(self._inbox.seconds), speech))

    def _change_face(self, voice: Voice) -> None:
        if self.change is not None:
            change, self.change = self.change, None
            voice.change(change)

    def _begun(self) -> Voice:
        assert self._voice is not None
        return self._voice
