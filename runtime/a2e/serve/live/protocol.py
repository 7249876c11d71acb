"""The protocol of ``/ws/a2e`` without a socket: messages in, requests out; frames in, replies out.

It checks and numbers what a client sends and keeps what waits in both directions. Nothing in here
waits: the conversation stops reading, or computing, while too much is queued.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from a2e.audio.pcm import PcmDecoder
from a2e.serve.access import Access
from a2e.serve.live.beginning import Beginning
from a2e.serve.live.messages import (
    SAMPLE_FORMATS,
    Auth,
    ChangeFace,
    End,
    Message,
    Reset,
    Start,
    parse_message,
)
from a2e.serve.live.replies import Reply
from a2e.serve.live.requests import Audio, Begin, Drop, Finish, Request, Warn
from a2e.serve.refusals import RefusalError


class LiveProtocol:
    """One client's connection; ``key`` is the one in its headers, if any.

    Raises ``RefusalError`` for a wrong key.
    """

    def __init__(self, access: Access, key: str | None = None) -> None:
        if key is not None:
            access.check(key)
        self._access = access
        self.is_authorized = access.admits(key)
        self.is_speaking = False
        """Whether audio of a speech has come and its end has not."""
        self.is_closed = False
        """Whether messages are ignored: the service is about to stop."""
        self._has_auth = False
        self._start: Start | None = None
        self._decoder = PcmDecoder("s16le")
        self._beginning: Beginning | None = None  # of the speech
        self._arrival = 0.0  # of the last audio
        self._speech = 0
        self._change: ChangeFace | None = None
        self._requests: deque[Request] = deque()
        self._replies: deque[Reply] = deque()
        self.queue_seconds = 0.0
        """Seconds of audio that wait."""
        self.unsent_frames = 0
        """Frames that wait in replies."""
        self._first_wanted = 0  # no speech before it is answered

    def receive(self, message: str | bytes, now: float) -> None:
        """Takes a message that came at the time ``now``, seconds; raises ``RefusalError``."""
        if self.is_closed:
            return
        if self._start is None:
            self._receive_first(message)
        elif isinstance(message, bytes):
            self._receive_audio(message, self._start, now)
        else:
            self._receive_text(parse_message(message))

    def close(self) -> None:
        """Ends the speech, if there is one, and ignores what comes later."""
        if self.is_speaking:
            self._end()
        self.is_closed = True

    @property
    def has_begun(self) -> bool:
        """Whether a ``start`` has come."""
        return self._start is not None

    def _receive_first(self, message: str | bytes) -> None:
        """A ``start``, or before it an ``auth``."""
        if isinstance(message, bytes):
            raise RefusalError("bad_request", "expected a start message first; got audio")
        first = parse_message(message)
        if isinstance(first, Auth) and not self._has_auth:
            self._access.check(first.key)
            self.is_authorized = self._has_auth = True
        elif not self.is_authorized:
            self._access.check(None)
        elif isinstance(first, Start):
            self._begin(first)
        else:
            raise RefusalError("bad_request", "expected a start message first; got another")

    def _receive_audio(self, data: bytes, start: Start, now: float) -> None:
        self._arrival = now
        if self._beginning is None:
            self._beginning = Beginning(start)
        if not self._beginning.is_over:
            data = self._beginning.push(data)
            self._warn_of(self._beginning)
        self._queue(data, start)

    def _queue(self, data: bytes, start: Start) -> None:
        """Queues the samples that bytes complete."""
        samples = self._decoder.push(data)
        if len(samples):
            self.is_speaking = True
            audio = Audio(self._speech, samples, start.rate, self._arrival)
            self._requests.append(audio)
            self.queue_seconds += audio.seconds

    def _warn_of(self, beginning: Beginning) -> None:
        if beginning.warning is not None:
            self._warn("format_mismatch", beginning.warning)

    def _warn(self, code: str, message: str) -> None:
        self._requests.append(Warn(self._speech, code, message))

    def _receive_text(self, message: Message) -> None:
        match message:
            case Start():
                self._begin(message)
            case ChangeFace():
                self._change = message if self._change is None else self._change.merged(message)
            case End():
                self._end()
            case Reset():
                self._reset()

    def _begin(self, start: Start) -> None:
        if self.is_speaking:
            raise RefusalError(
                "bad_request", "expected end or reset before another start; got start"
            )
        self._start, self._beginning = start, None
        self._decoder = PcmDecoder(SAMPLE_FORMATS[start.sample_format], start.channels)
        self._requests.append(Begin(self._speech, start))

    def _end(self) -> None:
        if self._start is not None and self._beginning and not self._beginning.is_over:
            self._queue(self._beginning.finish(), self._start)
            self._warn_of(self._beginning)
        if self._decoder.pending:
            self._warn(
                "truncated",
                f"the speech ended within a sample; its {self._decoder.pending} last byte(s) are "
                "left out",
            )
        self._requests.append(Finish(self._speech))
        self._next_speech()

    def _reset(self) -> None:
        self._next_speech()
        begins = (request for request in self._requests if isinstance(request, Begin))
        self._requests = deque([*begins, Drop(self._speech)])
        self.queue_seconds = 0.0
        self._first_wanted = self._speech
        self._replies = deque(reply for reply in self._replies if self.wants(reply.speech))
        self.unsent_frames = sum(reply.frames for reply in self._replies)

    def _next_speech(self) -> None:
        self._decoder.reset()
        self._beginning = None
        self.is_speaking = False
        self._speech += 1

    @property
    def requests(self) -> int:
        """Requests that wait."""
        return len(self._requests)

    def next_request(self, samples: int) -> Request:
        """The next request; audio that lies in a row is joined and cut to ``samples``."""
        request = self._requests.popleft()
        return self._joined(request, samples) if isinstance(request, Audio) else request

    def take_change(self) -> ChangeFace | None:
        """How the face is to be changed before the next hop."""
        change, self._change = self._change, None
        return change

    def _joined(self, last: Audio, samples: int) -> Audio:
        parts, count = [last.samples], len(last.samples)
        while count < samples and self._requests and isinstance(self._requests[0], Audio):
            last = self._requests[0]
            self._requests.popleft()
            parts.append(last.samples)
            count += len(last.samples)
        joined = np.concatenate(parts) if len(parts) > 1 else parts[0]
        if count > samples:
            rest = Audio(last.speech, joined[samples:], last.rate, last.arrival)
            self._requests.appendleft(rest)
        audio = Audio(last.speech, joined[:samples], last.rate, last.arrival)
        self.queue_seconds = max(0.0, self.queue_seconds - audio.seconds) if self._requests else 0.0
        return audio

    @property
    def replies(self) -> int:
        """Replies that wait."""
        return len(self._replies)

    def wants(self, speech: int | None) -> bool:
        """Whether replies of a speech are still wanted; others always are."""
        return speech is None or speech >= self._first_wanted

    def reply(self, reply: Reply) -> bool:
        """Queues a reply; False if its speech has been dropped."""
        if self.wants(reply.speech):
            self._replies.append(reply)
            self.unsent_frames += reply.frames
        return self.wants(reply.speech)

    def next_reply(self) -> Reply:
        reply = self._replies.popleft()
        self.unsent_frames -= reply.frames
        return reply
