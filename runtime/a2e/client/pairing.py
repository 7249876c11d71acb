"""Frames beside the audio that they show: audio waits until its frames have come.

What lies between pieces of audio (marks, texts) keeps its place among them. Nothing here waits.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from a2e.client.events import Ended, Frames


@dataclass
class Sound:
    """Audio of one piece as it came, and what it came as."""

    data: bytes
    source: Any


Released: TypeAlias = Frames | Sound | Any
"""Frames, the audio that they show right after them, and whatever lay between."""


@dataclass
class Held:
    """What of a speech waits."""

    items: deque[Any] = field(default_factory=deque)
    given: int = 0
    """Bytes that have been released."""


class Pairing:
    """Pairs the audio of speeches with their frames, both in the order in which they come."""

    def __init__(self, second_bytes: int, sample_bytes: int) -> None:
        self._second_bytes = second_bytes
        self._sample_bytes = sample_bytes
        self._speeches: dict[int, Held] = {}

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not any(held.items for held in self._speeches.values())

    def push(self, speech: int, data: bytes, source: Any) -> None:
        """Audio of a speech, whole samples."""
        self._speeches.setdefault(speech, Held()).items.append(Sound(data, source))

    def mark(self, item: Any) -> bool:
        """Keeps an item's place behind the audio that waits; False if none does."""
        if self.is_empty:
            return False
        next(reversed(self._speeches.values())).items.append(item)
        return True

    def frames(self, event: Frames, fps: float) -> list[Released]:
        """What frames let go: themselves, then their audio; of late ones those still in time."""
        held = self._speeches.get(event.speech)
        if held is None:
            return []
        late = -(-held.given * fps // self._second_bytes)  # frames whose audio has begun
        skipped = max(0, int(late) - event.first)
        end = (event.first + len(event.weights)) * self._second_bytes / fps
        if skipped >= len(event.weights):
            return []
        kept = Frames(
            event.speech,
            event.first + skipped,
            (event.first + skipped) / fps,
            event.weights[skipped:],
        )
        return [kept, *self._until(held, int(end) // self._sample_bytes * self._sample_bytes)]

    def ended(self, event: Ended) -> list[Released]:
        """What is left of a speech."""
        held = self._speeches.pop(event.speech, None)
        return list(held.items) if held is not None else []

    def release(self) -> list[Released]:
        """Everything, without waiting for its frames."""
        found = []
        for held in self._speeches.values():
            found += list(held.items)
            held.given += sum(len(item.data) for item in held.items if isinstance(item, Sound))
            held.items.clear()
        return found

    def clear(self) -> None:
        """Forgets everything."""
        self._speeches.clear()

    def _until(self, held: Held, end: int) -> list[Released]:
        """The items up to a number of bytes of the speech."""
        found = []
        while held.items and (held.given < end or not isinstance(held.items[0], Sound)):
            item = held.items.popleft()
            if not isinstance(item, Sound):
                found.append(item)
                continue
            size = end - held.given
            if len(item.data) > size:
                held.items.appendleft(Sound(item.data[size:], item.source))
            found.append(Sound(item.data[:size], item.source))
            held.given += len(found[-1].data)
        return found
