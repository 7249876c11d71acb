"""The answer to one REST request: its audio, hop by hop, to frames."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import NamedTuple

from a2e.arrays import Floats
from a2e.errors import AudioError, OptionError
from a2e.formats.messages import dump_frames
from a2e.model import Model
from a2e.serve.clients import client_of
from a2e.serve.refusals import RefusalError
from a2e.serve.rest.audio import RequestAudio, Samples, decode_audio
from a2e.serve.rest.body import PostedRequest
from a2e.serve.rest.protocol import answer, session_key
from a2e.serve.rest.sessions import Session
from a2e.serve.service import Service

HOPS_PER_LOOK = 10
"""Hops between two looks at whether the client is still there."""


class Part(NamedTuple):
    """Some of the answer."""

    json: str
    """Its frames."""
    frames: int
    samples: int
    """Audio that they took."""


class Conversation:
    """Answers one request; ``has_left`` tells whether its client has gone."""

    def __init__(
        self,
        service: Service,
        model: Model,
        posted: PostedRequest,
        client: str,
        has_left: Callable[[], Awaitable[bool]],
        *,
        objects: bool,
        strict: bool,
    ) -> None:
        self._service = service
        self._model = model
        self._request = posted.fields
        self._audio = posted.audio
        self._client = client_of(client)
        self._key = session_key(posted.fields, client)
        self._strict = strict
        self._warnings: list[str] = []
        self._has_left = has_left
        self._objects = objects

    async def answer(self) -> bytes | None:
        """The answer's JSON; None if the client has left.

        Raises ``RefusalError`` and :class:`a2e.errors.A2EError`.
        """
        service, request = self._service, self._request
        sessions = service.sessions
        session = sessions.session(
            self._key, self._client, start=request.is_start, final=request.is_final
        )
        goes_on = False
        try:
            async with session.lock, service.turns:
                service.check_open()
                parts = await self._compute(session)
            goes_on = parts is not None and not request.is_final
            if parts is None:
                return None
            names = session.names or self._model.names
            fps = session.fps or self._model.spec.fps
            return answer(names, fps, parts, self._warnings)
        except (RefusalError, AudioError, OptionError):  # nothing of the request was taken
            goes_on = session.has_begun
            raise
        finally:
            if not goes_on:
                sessions.forget(self._key, session)

    async def _compute(self, session: Session) -> list[str] | None:
        """The frames' JSON, part by part; None if the client has left."""
        engine = self._service.engine
        parts: list[str] = []
        data, self._audio = self._audio, b""
        audio = await asyncio.to_thread(self._open, session, data) if data else None
        if audio is not None:
            self._warnings = [warning.message for warning in audio.warnings]
            if self._strict and self._warnings:
                raise RefusalError("bad_audio", self._warnings[0])
            session.begin(engine, audio.rate, self._request, self._service.settings.face)
            blocks = audio.blocks(self._hop_samples(audio))
            while (part := await engine.run(self._next, session, blocks)) is not None:
                parts.append(self._count(part, audio.rate))
                if len(parts) % HOPS_PER_LOOK == 0 and await self._has_left():
                    return None
        if session.has_begun:
            part = await engine.run(self._last, session)
            parts.append(self._count(part, 1))
        return parts

    def _open(self, session: Session, data: bytes) -> RequestAudio | None:
        """The audio, checked; None if the first bytes of a session don't tell their rate yet."""
        request, limit = self._request, self._service.limits.max_seconds
        declared = request.declared
        if request.is_start and request.is_final:
            return decode_audio(data, declared, request.sample_rate, limit)
        return session.chunks.open(
            data, declared, request.sample_rate, limit, final=request.is_final
        )

    def _hop_samples(self, audio: RequestAudio) -> int:
        spec = self._model.spec
        return max(1, audio.rate * spec.hop // spec.fps)

    def _next(self, session: Session, blocks: Iterator[Samples]) -> Part | None:
        """The frames that the next block completes, maybe none; None after the last block."""
        block = next(blocks, None)
        return None if block is None else self._part(session.push(block), len(block))

    def _last(self, session: Session) -> Part:
        """The frames that the audio so far lacks."""
        return self._part(session.finish() if self._request.is_final else session.due(), 0)

    def _part(self, frames: Floats, samples: int) -> Part:
        return Part(dump_frames(frames, objects=self._objects), len(frames), samples)

    def _count(self, part: Part, rate: int) -> str:
        metrics = self._service.metrics
        metrics.audio.inc(part.samples / rate)
        metrics.frames.inc(part.frames)
        return part.json
