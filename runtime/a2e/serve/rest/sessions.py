"""REST sessions: a speech that comes in several requests, with its context carried along."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Hashable

from a2e.arrays import Floats
from a2e.model import Model
from a2e.serve.metrics import Metrics
from a2e.serve.protocol import FaceOptions, StreamOptions
from a2e.serve.refused import RefusedError
from a2e.serve.settings import Face
from a2e.stream import Stream


class Session:
    """One speech. After each request the client has a frame for every 1/30 s of audio so far.

    The last of them have been given early, knowing nothing of what comes (``Stream.peek``); the
    stream gives them again with later audio, and then they are left out.
    """

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        """Held by the request that is answered; others of the session wait, in turn."""
        self.used = time.monotonic()
        self._stream: Stream | None = None
        self._face = Face()
        self._given = 0  # frames that the stream has given
        self._told = 0  # frames that the client has been told

    def begin(self, model: Model, rate: int, options: StreamOptions, defaults: Face) -> None:
        """Makes the stream, or changes its face; raises :class:`a2e.errors.A2EError`."""
        if self._stream is not None:
            self._go_on(self._stream, rate, options)
            return
        face = options.face(defaults)
        self._stream = model.stream(
            rate, style=face.style, post=face.post, controls=face.controls, seed=face.seed
        )
        self._face = face

    def _go_on(self, stream: Stream, rate: int, options: FaceOptions) -> None:
        if stream.rate != rate:
            raise RefusedError(
                "bad_request",
                f"expected audio at {stream.rate} Hz, as this session began; got {rate} Hz. Begin "
                "another session with is_start",
            )
        face = options.face(self._face)
        stream.change(style=face.style, controls=face.controls)
        self._face = face

    def push(self, samples: Floats) -> Floats:
        """Takes samples [n, channels]; gives frames [m, shapes] that the client does not have."""
        return self._new(self._open.push(samples))

    def due(self) -> Floats:
        """The frames that are lacking for the audio so far."""
        frames = self._open.peek()
        lacking = frames[self._told - self._given :]
        self._told += len(lacking)
        return lacking

    def finish(self) -> Floats:
        """The last frames; the session can then begin afresh."""
        frames = self._new(self._open.flush())
        self._stream = None
        self._given = self._told = 0
        return frames

    @property
    def begun(self) -> bool:
        """Whether there is a stream to go on with."""
        return self._stream is not None

    @property
    def _open(self) -> Stream:
        assert self._stream is not None
        return self._stream

    def _new(self, frames: Floats) -> Floats:
        new = frames[max(0, self._told - self._given) :]
        self._given += len(frames)
        self._told += len(new)
        return new


class Sessions:
    """The sessions that go on, bounded in number and idle time."""

    def __init__(self, limit: int, idle_timeout: float, metrics: Metrics) -> None:
        self._limit = limit
        self._idle_timeout = idle_timeout
        self._sessions: dict[Hashable, Session] = {}
        metrics.sessions.set_function(lambda: len(self._sessions))

    def session(self, key: Hashable, *, start: bool, final: bool) -> Session:
        """The session of a request; raises ``RefusedError`` when there are too many.

        A request that continues a session which is not there begins one. A speech in one request
        is nobody else's.
        """
        if start and final:
            return Session()
        session = None if start else self._sessions.get(key)
        if session is None:
            if key not in self._sessions:
                self._make_room()
            session = self._sessions[key] = Session()
        session.used = time.monotonic()
        return session

    def forget(self, key: Hashable, session: Session) -> None:
        """Ends a session."""
        if self._sessions.get(key) is session:
            del self._sessions[key]

    def sweep(self) -> None:
        """Forgets sessions that nobody has used for too long."""
        now = time.monotonic()
        for key, session in list(self._sessions.items()):
            if now - session.used > self._idle_timeout and not session.lock.locked():
                del self._sessions[key]

    def _make_room(self) -> None:
        if len(self._sessions) >= self._limit:
            self.sweep()
        if len(self._sessions) >= self._limit:
            raise RefusedError(
                "too_many_streams",
                f"expected at most {self._limit} sessions at once, and so many go on; end some "
                "with is_final, or raise --max-sessions",
            )
