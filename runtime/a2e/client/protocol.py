"""The client's side of ``/ws/a2e`` without a socket: deeds become messages, messages events.

Speeches are numbered by the client, over all connections. The audio of a speech is kept until its
frames have come, so that a new connection can go on where the last one broke off.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from a2e.binary_frames import unpack_frames
from a2e.client.events import Ended, Event, Frames, Interrupted, Noted, Ready
from a2e.errors import ServiceError

CONTEXT_SECONDS = 4
"""Audio before the next frame that a new connection hears again, so that its stream settles."""

PIECE = 1 << 16
"""Bytes of audio in one message."""

Message: TypeAlias = str | bytes


@dataclass
class Speech:
    """A speech whose frames have not all come."""

    audio: bytearray = field(default_factory=bytearray)
    """From ``start`` on."""
    start: int = 0
    """Whole seconds of the speech before the audio that is kept."""
    is_over: bool = False
    next_frame: int = 0
    heard_from: int = 0
    """Whole seconds of the speech that this connection has not heard."""


class ClientProtocol:
    """One client; ``start`` is the first message's fields, ``second_bytes`` a second of audio."""

    def __init__(self, start: Mapping[str, Any], second_bytes: int) -> None:
        self._start = {**start, "type": "start", "output": "binary"}
        self._second_bytes = second_bytes
        self._controls: dict[str, Any] = {}
        self._speeches: dict[int, Speech] = {}  # that wait for frames, without a gap
        self._first_wanted = 0
        self._offset = 0  # from the connection's numbers to ours
        self.number = 0
        """Of the speech that audio belongs to."""
        self.is_ready = False
        """Whether the service has answered this connection's beginning."""
        self.ready: Ready | None = None
        """What the service said of its frames, once it has."""

    def begin(self) -> str:
        """The message that a connection begins with; ``repeat`` follows it."""
        self._offset = next(iter(self._speeches), self.number)
        self.is_ready = False
        return json.dumps(self._start)

    def repeat(self) -> list[Message]:
        """What no earlier connection has answered."""
        messages: list[Message] = []
        if self._controls:
            messages.append(_dump("controls", self._controls))
        for speech in self._speeches.values():
            speech.heard_from = speech.start
            messages += _pieces(speech.audio)
            if speech.is_over:
                messages.append(_dump("end"))
        return messages

    def push(self, data: bytes) -> list[Message]:
        """Audio of the current speech."""
        self._speeches.setdefault(self.number, Speech()).audio += data
        return _pieces(data)

    def end(self) -> list[Message]:
        """The current speech is over; audio that follows is the next one."""
        self._speeches.setdefault(self.number, Speech()).is_over = True
        self.number += 1
        return [_dump("end")]

    def interrupt(self) -> tuple[list[Message], Interrupted]:
        """Drops the current speech and all frames that have not come."""
        self._speeches.clear()
        self.number += 1
        self._first_wanted = self.number
        return [_dump("reset")], Interrupted(self.number)

    def change(self, controls: Mapping[str, Any]) -> list[Message]:
        """Changes the face; what is left out stays."""
        self._controls |= controls
        return [_dump("controls", controls)]

    def wants(self, event: Event) -> bool:
        """Whether nothing has interrupted the speech that an event belongs to."""
        return event.speech >= self._first_wanted

    def receive(self, message: Message) -> Event | None:
        """The event in a service's message, if there is one; raises ``ServiceError``."""
        try:
            if isinstance(message, bytes):
                return self._frames(message)
            return self._event(json.loads(message))
        except (KeyError, TypeError, ValueError) as error:
            raise ServiceError(
                f"expected messages of /ws/a2e; got another ({error}). Is this the right address?",
                "bad_request",
            ) from None

    def _event(self, message: dict[str, Any]) -> Event | None:
        match message["type"]:
            case "ready":
                self.ready, self.is_ready = _ready(message), True
            case "end":
                return self._ended(message)
            case "warning":
                speech = message.get("speech", self.number - self._offset)
                return Noted(speech + self._offset, message["code"], message["message"])
            case "played":
                return Noted(message["speech"] + self._offset, "played", "")
            case "error":
                raise ServiceError(message["message"], message["code"])
        return None

    def _frames(self, message: bytes) -> Frames | None:
        found = unpack_frames(message)
        number = found.speech + self._offset
        speech = self._speeches.get(number)
        if speech is None:
            return None
        fps = self._fps
        first = found.first + round(speech.heard_from * fps)
        weights = found.weights[max(0, speech.next_frame - first) :]
        if not len(weights):
            return None
        first = max(first, speech.next_frame)
        speech.next_frame = first + len(weights)
        self._forget(speech)
        return Frames(number, first, first / fps, weights)

    def _ended(self, message: dict[str, Any]) -> Ended | None:
        number = message["speech"] + self._offset
        speech = self._speeches.get(number)
        if speech is None or not speech.is_over:  # the service ended it, because it is to stop
            return None
        del self._speeches[number]
        before = speech.heard_from
        return Ended(
            number, message["frames"] + round(before * self._fps), message["seconds"] + before
        )

    def _forget(self, speech: Speech) -> None:
        """Audio that no new connection needs; seconds must be whole frames."""
        if self._fps != int(self._fps):
            return
        seconds = int(speech.next_frame / self._fps) - CONTEXT_SECONDS - speech.start
        if seconds > 0:
            del speech.audio[: seconds * self._second_bytes]
            speech.start += seconds

    @property
    def _fps(self) -> float:
        if self.ready is None:
            raise ValueError("frames before ready")
        return self.ready.fps


def _ready(message: dict[str, Any]) -> Ready:
    return Ready(
        tuple(message["names"]),
        message["fps"],
        message["latency"],
        tuple(message["styles"]),
        tuple(message["moods"]),
    )


def _pieces(data: bytes | bytearray) -> list[Message]:
    """Audio in messages that any service takes."""
    return [bytes(data[first : first + PIECE]) for first in range(0, len(data), PIECE)]


def _dump(kind: str, fields: Mapping[str, Any] | None = None) -> str:
    return json.dumps({"type": kind, **(fields or {})})
