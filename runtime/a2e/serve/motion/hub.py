"""The meeting place of motion streams' feeders and renderers."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from a2e.serve.motion.protocol import Packet
from a2e.serve.refusals import RefusalError


class Renderer:
    """The packets that wait for one renderer, bounded in frames."""

    def __init__(self, stream: str, limit: int) -> None:
        self.stream = stream
        self._limit = limit
        self._packets: deque[Packet] = deque()
        self._filled = asyncio.Event()
        self._too_slow = False
        self.frames = 0
        """Frames waiting."""
        self.unplayed: int | None = None
        """The feeder's number of the speech that was sent to its end and not played yet."""

    def __len__(self) -> int:
        return len(self._packets)

    def put(self, packet: Packet) -> None:
        """Adds a packet; one too many ends the renderer, never the feeder."""
        if self.frames < self._limit:
            self._packets.append(packet)
            self.frames += len(packet.frames)
        else:
            self._too_slow = True
        self._filled.set()

    def drop(self, speech: str) -> None:
        """Forgets what waits of a speech."""
        self._packets = deque(p for p in self._packets if p.speech != speech)
        self.frames = sum(len(packet.frames) for packet in self._packets)

    async def take(self) -> Packet:
        """The next packet; raises ``RefusalError`` once too much waits."""
        while not self._packets:
            self._filled.clear()
            await self._filled.wait()
        if self._too_slow:
            raise RefusalError("slow_reader", "expected the renderer to read; too many frames wait")
        packet = self._packets.popleft()
        self.frames -= len(packet.frames)
        self.unplayed = packet.number if packet.end else None
        return packet


class Feed:
    """One client's place as the feeder of a motion stream."""

    def __init__(self, hub: Hub, stream: str, on_played: Callable[[int], None]) -> None:
        self._hub = hub
        self.stream = stream
        self.on_played = on_played
        """Called with the number of a speech that a renderer has played to its end."""

    def send(self, packet: Packet | None) -> None:
        """Gives a packet to all renderers of the stream."""
        if packet is None:
            return
        for renderer in self._hub.renderers_of(self.stream):
            if packet.end and not len(packet.frames) and not len(packet.audio):
                renderer.drop(packet.speech)  # cut short: what waits is not wanted any more
            renderer.put(packet)

    def close(self) -> None:
        """Gives the place up."""
        self._hub.leave(self)


class Hub:
    """All motion streams by their ids: at most one feeder each, any number of renderers."""

    def __init__(self, max_renderers: int) -> None:
        self._max_renderers = max_renderers
        self._renderers: set[Renderer] = set()
        self._feeds: dict[str, Feed] = {}

    def __len__(self) -> int:
        return len(self._renderers)

    def feed(self, stream: str, on_played: Callable[[int], None]) -> Feed:
        """The feeder's place of a stream; raises ``RefusalError`` if somebody has it."""
        if stream in self._feeds:
            raise RefusalError(
                "taken", "another client feeds this motion stream; use another id, or end it first"
            )
        self._feeds[stream] = Feed(self, stream, on_played)
        return self._feeds[stream]

    def leave(self, feed: Feed) -> None:
        if self._feeds.get(feed.stream) is feed:
            del self._feeds[feed.stream]

    def renderers_of(self, stream: str) -> list[Renderer]:
        return [renderer for renderer in self._renderers if renderer.stream == stream]

    def played(self, renderer: Renderer) -> None:
        """Tells the feeder that a renderer has played the speech that it was sent."""
        feed, speech = self._feeds.get(renderer.stream), renderer.unplayed
        if feed is not None and speech is not None:
            renderer.unplayed = None
            feed.on_played(speech)

    def is_fed(self, stream: str) -> bool:
        """Whether a stream has a feeder."""
        return stream in self._feeds

    @contextmanager
    def renderer(self, stream: str, max_frames: int) -> Iterator[Renderer]:
        """A renderer while it is connected; raises ``RefusalError`` when there are too many.

        ``max_frames`` may wait for it.
        """
        if len(self._renderers) >= self._max_renderers:
            raise RefusalError(
                "too_many_streams",
                f"{self._max_renderers} renderers are connected, the most that this service "
                "serves; try again later",
            )
        renderer = Renderer(stream, max_frames)
        self._renderers.add(renderer)
        try:
            yield renderer
        finally:
            self._renderers.discard(renderer)
