"""What waits in a live stream: audio and commands on the way in, messages on the way out.

Both are bounded by making the one who puts wait, so a client that sends too fast is read slower,
and one that reads too slowly is computed slower. Each belongs to the event loop.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from a2e.serve.protocol import Start

MOST_ITEMS = 2_048
"""What waits is bounded by its number as well: small messages are not free."""


@dataclass(frozen=True)
class Audio:
    """Samples [n, channels] of a speech."""

    speech: int
    samples: NDArray[Any]
    seconds: float
    arrived: float
    """When the last of it came, on the loop's clock."""


@dataclass(frozen=True)
class Begin:
    """A stream begins; ``speech`` is its first."""

    speech: int
    start: Start


@dataclass(frozen=True)
class Finish:
    """A speech has ended and its last frames are due."""

    speech: int


@dataclass(frozen=True)
class Drop:
    """Everything before ``speech`` has been dropped."""

    speech: int


Item: TypeAlias = Audio | Begin | Finish | Drop


class Inbox:
    """What a client has sent and nobody has computed."""

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._items: deque[Item] = deque()
        self._filled = asyncio.Event()
        self._room = asyncio.Event()
        self._ended = False
        self.seconds = 0.0
        """Audio waiting."""

    def __len__(self) -> int:
        return len(self._items)

    async def put(self, item: Item) -> None:
        """Adds an item, when less than the limit waits."""
        while self.seconds >= self._limit or len(self._items) >= MOST_ITEMS:
            self._room.clear()
            await self._room.wait()
        if not self._ended:
            self._add(item)

    def end(self, item: Item | None) -> None:
        """Adds a last item, if any, at once; what is put later is forgotten."""
        if item is not None:
            self._add(item)
        self._ended = True

    def _add(self, item: Item) -> None:
        self._items.append(item)
        self.seconds += item.seconds if isinstance(item, Audio) else 0
        self._filled.set()

    async def take(self, samples: int) -> Item:
        """The next item; audio that lies in a row is joined and cut to ``samples``."""
        while not self._items:
            self._filled.clear()
            await self._filled.wait()
        item = self._items.popleft()
        if isinstance(item, Audio):
            item = self._join(item, samples)
        self._room.set()
        return item

    def drop(self) -> None:
        """Forgets audio and ends; what begins a stream stays."""
        self._items = deque(item for item in self._items if isinstance(item, Begin))
        self.seconds = 0.0
        self._room.set()

    def _join(self, first: Audio, samples: int) -> Audio:
        parts, count, last = [first.samples], len(first.samples), first
        while count < samples and self._items and isinstance(following := self._items[0], Audio):
            if following.speech != first.speech:
                break
            last = following
            self._items.popleft()
            parts.append(last.samples)
            count += len(last.samples)
        joined = np.concatenate(parts)
        rate = last.seconds / max(1, len(last.samples))
        if count > samples:
            rest = joined[samples:]
            self._items.appendleft(Audio(last.speech, rest, len(rest) * rate, last.arrived))
            joined = joined[:samples]
        seconds = len(joined) * rate
        self.seconds = max(0.0, self.seconds - seconds) if self._items else 0.0
        return Audio(first.speech, joined, seconds, last.arrived)


@dataclass(frozen=True)
class Message:
    """Text or bytes for a client; ``speech`` is whose frames or end it tells, if any."""

    content: str | bytes
    speech: int | None = None
    frames: int = 0


class Outbox:
    """What a client has not been sent yet, bounded in frames."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._messages: deque[Message] = deque()
        self._filled = asyncio.Event()
        self._room = asyncio.Event()
        self._sending = False
        self._wanted = 0
        self.frames = 0
        """Frames waiting."""

    async def put(self, message: Message) -> bool:
        """Adds a message when there is room; False if its speech has been dropped."""
        while self._is_full and self._is_wanted(message):
            self._room.clear()
            await self._room.wait()
        if not self._is_wanted(message):
            return False
        self.add(message)
        return True

    def add(self, message: Message) -> None:
        """Adds a message at once."""
        self._messages.append(message)
        self.frames += message.frames
        self._filled.set()
        self._sending = True

    async def take(self) -> Message:
        """The next message; it counts as sent when the next one is asked for."""
        while not self._messages:
            self._sending = False
            self._filled.clear()
            await self._filled.wait()
        message = self._messages.popleft()
        self.frames -= message.frames
        self._room.set()
        return message

    def drop(self, speech: int) -> None:
        """Forgets what tells of speeches before ``speech``, now and from now on."""
        self._wanted = speech
        self._messages = deque(filter(self._is_wanted, self._messages))
        self.frames = sum(message.frames for message in self._messages)
        self._room.set()

    @property
    def _is_full(self) -> bool:
        return self.frames >= self._limit or len(self._messages) >= MOST_ITEMS

    @property
    def idle(self) -> bool:
        """Whether everything has been sent."""
        return not self._sending

    def _is_wanted(self, message: Message) -> bool:
        return message.speech is None or message.speech >= self._wanted
