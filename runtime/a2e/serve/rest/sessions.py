"""REST sessions: a speech that comes in several requests, with its context carried along."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Hashable

from a2e.arrays import Floats
from a2e.options import Face
from a2e.rates import Rate
from a2e.serve.clients import Shares
from a2e.serve.engine import Engine, check_frames
from a2e.serve.metrics import Metrics
from a2e.serve.refusals import RefusalError
from a2e.serve.rest.audio import Samples
from a2e.serve.rest.chunks import Chunks
from a2e.serve.wire import StreamFields
from a2e.stream import Stream


class Session:
    """One speech. After each request the client has a frame for each period of the audio so far.

    The last of them have been given early, knowing nothing of what comes (``Stream.peek``); the
    stream gives them again with later audio, and then they are left out.
    """

    def __init__(self, client: str = "") -> None:
        self.client = client
        """Whose place it takes."""
        self.chunks = Chunks()
        """What of its audio waits for the rest."""
        self.lock = asyncio.Lock()
        """Held by the request that is answered; others of the session wait, in turn."""
        self.last_use = time.monotonic()
        self.names: tuple[str, ...] = ()
        """Names of the frames' columns, once the stream is open."""
        self.fps: Rate | None = None
        """Their frames a second, then."""
        self._open: tuple[Engine, Stream] | None = None
        self._face = Face()
        self._final = 0  # frames that the stream has given
        self._sent = 0  # frames that the client has

    @property
    def has_begun(self) -> bool:
        """Whether there is a stream to go on with."""
        return self._open is not None

    def begin(self, engine: Engine, rate: int, fields: StreamFields, defaults: Face) -> None:
        """Opens the stream, or changes its face; raises :class:`a2e.errors.A2EError`."""
        if self._open is not None:
            self._go_on(self._open[1], rate, fields)
            return
        face = fields.applied_to(defaults)
        stream = face.open(engine.model, rate)
        self._open, self.names, self.fps = (engine, stream), stream.names, stream.fps
        self._face = face

    def _go_on(self, stream: Stream, rate: int, fields: StreamFields) -> None:
        if stream.rate != rate:
            raise RefusalError(
                "bad_request",
                f"expected audio at {stream.rate} Hz, as this session began; got {rate} Hz. Begin "
                "another session with is_start",
            )
        face = fields.applied_to(self._face)
        face.change(stream)
        self._face = face

    def push(self, samples: Samples) -> Floats:
        """Takes samples [n, channels]; gives frames [m, shapes] that the client does not have."""
        engine, stream = self._begun()
        with engine.time_hops(stream):
            frames = check_frames(stream.push(samples))
        return self._unsent(frames)

    def due(self) -> Floats:
        """The frames that the audio so far lacks, given early."""
        engine, stream = self._begun()
        with engine.time_hops(stream):
            frames = check_frames(stream.peek())
        early = frames[self._sent - self._final :]
        self._sent += len(early)
        return early

    def finish(self) -> Floats:
        """The last frames; the session can then begin afresh."""
        engine, stream = self._begun()
        with engine.time_hops(stream):
            frames = check_frames(stream.flush())
        unsent = self._unsent(frames)
        self._open = None
        self._final = self._sent = 0
        return unsent

    def _begun(self) -> tuple[Engine, Stream]:
        assert self._open is not None
        return self._open

    def _unsent(self, frames: Floats) -> Floats:
        unsent = frames[max(0, self._sent - self._final) :]
        self._final += len(frames)
        self._sent += len(unsent)
        return unsent


class Sessions:
    """The sessions that go on, bounded in number and idle time."""

    def __init__(self, limit: int, idle_timeout: float, metrics: Metrics) -> None:
        self._shares = Shares(limit, "sessions", "end some with is_final, or raise --max-sessions")
        self._idle_timeout = idle_timeout
        self._sessions: dict[Hashable, Session] = {}
        metrics.sessions.set_function(lambda: len(self._sessions))

    def session(self, key: Hashable, client: str, *, start: bool, final: bool) -> Session:
        """The session of a request; raises ``RefusalError`` when there are too many.

        A request that continues a session which is not there begins one. A speech in one request
        is nobody else's.
        """
        if start and final:
            return Session(client)
        session = None if start else self._sessions.get(key)
        if session is None:
            session = self._begin(key, client)
        session.last_use = time.monotonic()
        return session

    def forget(self, key: Hashable, session: Session) -> None:
        """Ends a session."""
        if self._sessions.get(key) is session:
            self._remove(key)

    def sweep(self) -> None:
        """Forgets sessions that nobody has used for too long."""
        now = time.monotonic()
        for key, session in list(self._sessions.items()):
            if now - session.last_use > self._idle_timeout and not session.lock.locked():
                self._remove(key)

    def _begin(self, key: Hashable, client: str) -> Session:
        """A session in a place of ``client``'s, or in that of the one which it replaces."""
        session = Session(client)
        if key in self._sessions:
            session.client = self._sessions[key].client
        else:
            try:
                self._shares.take(client)
            except RefusalError:
                self.sweep()
                self._shares.take(client)
        self._sessions[key] = session
        return session

    def _remove(self, key: Hashable) -> None:
        self._shares.give_back(self._sessions.pop(key).client)
