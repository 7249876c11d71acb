"""The protocol of ``ProcessAudioStream`` without a connection: messages in, requests out.

It checks the order of what a client sends, and keeps what waits to be computed. Nothing in here
waits: the conversation stops reading while too much is queued.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any, TypeAlias

from numpy.typing import NDArray

from a2e.audio.pcm import PcmDecoder
from a2e.serve.audio2face.parts import (
    Emotion,
    EndOfAudio,
    Header,
    Part,
    Sound,
    parse_part,
    refused,
)
from a2e.serve.refusals import RefusalError


@dataclass(frozen=True)
class Begin:
    """The clip begins."""

    header: Header


@dataclass(frozen=True)
class Piece:
    """Samples [n, 1] of the clip, and emotions that are known before them."""

    samples: NDArray[Any]
    emotions: tuple[Emotion, ...]
    arrival: float
    """When it came, seconds."""


@dataclass(frozen=True)
class Finish:
    """The clip is over; ``pending`` bytes of its last sample are left out."""

    pending: int


Request: TypeAlias = Begin | Piece | Finish


class Audio2FaceProtocol:
    """One call: one clip of at most ``max_seconds``."""

    def __init__(self, max_seconds: float) -> None:
        self._max_seconds = max_seconds
        self._header: Header | None = None
        self._decoder = PcmDecoder("s16le")
        self._has_sound = False
        self._samples = 0
        self._requests: deque[Request] = deque()
        self.queue_seconds = 0.0
        """Seconds of audio that wait."""
        self.is_over = False
        """Whether no more is taken: the clip has ended, or was cut short."""
        self.is_cut = False
        """Whether the service ended the clip."""

    def receive(self, data: bytes, now: float) -> None:
        """Takes a message that came at the time ``now``, seconds.

        Raises :class:`a2e.errors.A2EError`.
        """
        if not self.is_cut:
            self._take(parse_part(data), now)

    def end(self) -> None:
        """The client sends no more; without an end of audio this is one."""
        if not (self.is_over or self.is_cut):
            self._begun()
            self._finish()

    def cut(self) -> None:
        """Ends the clip where it is and ignores what comes later."""
        if not self.is_over:
            self.is_cut = True
            self._finish()

    @property
    def has_begun(self) -> bool:
        """Whether a header has come."""
        return self._header is not None

    @property
    def requests(self) -> int:
        """Requests that wait."""
        return len(self._requests)

    def next_request(self, samples: int) -> Request:
        """The next request, its audio cut to ``samples``."""
        request = self._requests.popleft()
        if not isinstance(request, Piece):
            return request
        piece = Piece(request.samples[:samples], request.emotions, request.arrival)
        rest = request.samples[samples:]
        if len(rest):
            self._requests.appendleft(Piece(rest, (), request.arrival))
        self.queue_seconds = max(0.0, self.queue_seconds - self._seconds(len(piece.samples)))
        return piece

    def _take(self, part: Part, now: float) -> None:
        if self.is_over:
            raise refused("expected nothing after the end of audio; got another message")
        match part:
            case Header():
                if self._header is not None:
                    raise refused("expected one header; got another. Make a call for each clip")
                self._header = part
                self._requests.append(Begin(part))
            case Sound():
                self._take_sound(part, self._begun(), now)
            case EndOfAudio():
                self._begun()
                self._finish()

    def _take_sound(self, sound: Sound, header: Header, now: float) -> None:
        self._has_sound = True
        samples = self._decoder.push(sound.data)
        self._samples += len(samples)
        if self._samples > self._max_seconds * header.rate:
            raise RefusalError(
                "too_big",
                f"expected a clip of at most {self._max_seconds:g} s; got more. Make a call for "
                "each part, or raise --max-seconds",
            )
        if len(samples) or sound.emotions:
            self._requests.append(Piece(samples, sound.emotions, now))
            self.queue_seconds += self._seconds(len(samples))

    def _begun(self) -> Header:
        if self._header is None:
            raise refused("expected a header first, then audio and its end; got no header")
        return self._header

    def _finish(self) -> None:
        if not (self._has_sound or self.is_cut):
            raise refused("expected audio between the header and its end; got none")
        self.is_over = True
        self._requests.append(Finish(self._decoder.pending))

    def _seconds(self, samples: int) -> float:
        return samples / self._begun().rate
