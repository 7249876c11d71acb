"""What ``POST /api/audio2expression`` does: a request's audio, hop by hop, to its frames."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import NamedTuple

from pydantic import ConfigDict, StrictStr
from pydantic_core import from_json

from a2e.arrays import Floats
from a2e.errors import AudioError, OptionError
from a2e.model import Model
from a2e.serve.protocol import StreamOptions, check, dump, rows
from a2e.serve.refused import RefusedError
from a2e.serve.service import Service
from a2e.serve.sessions import Session
from a2e.serve.sound import Sound, decode

UNNAMED = "unknown"
"""The session of clients that name none."""
GONE_HOPS = 10
"""Hops between two looks at whether the client is still there."""


class Part(NamedTuple):
    """Some of the answer."""

    rows: str
    """Its frames' JSON."""
    frames: int
    samples: int
    """Audio that they took."""


class Speech(StreamOptions):
    """A request: a whole speech, or a chunk of a session's."""

    model_config = ConfigDict(extra="ignore")

    audio_base64: StrictStr = ""
    """The audio; may be left out only to end a session."""
    audio_format: str = "mp3"
    """mp3, wav, ogg, flac; pcm, pcm_24000_16bit_mono, pcm_16000_float32."""
    sample_rate: int | None = None
    """Of raw samples, Hz; 16000 where neither it nor the format says it."""
    session_id: str = UNNAMED
    """Which speech a chunk belongs to."""
    is_start: bool = True
    """Begin afresh."""
    is_final: bool = True
    """End and forget."""


def parse_speech(body: bytes) -> Speech:
    """The request in a body; raises ``RefusedError``."""
    try:
        fields = from_json(body, allow_inf_nan=False)
    except ValueError:
        raise RefusedError(
            "bad_request", "expected a JSON object; got a body that is none"
        ) from None
    if not isinstance(fields, dict):
        raise RefusedError("bad_request", "expected a JSON object; got another value")
    given = {name: value for name, value in fields.items() if value is not None}
    if isinstance(given.get("session_id"), int):
        given["session_id"] = str(given["session_id"])
    speech = check(Speech, given, "request")
    if not speech.audio_base64 and (speech.is_start or not speech.is_final):
        raise RefusedError("bad_request", "audio_base64 is missing; send the audio in it")
    return speech


async def express(
    service: Service,
    model: Model,
    speech: Speech,
    client: str,
    gone: Callable[[], Awaitable[bool]],
    objects: bool,
) -> list[bytes] | None:
    """The answer's JSON in pieces; None if the client has left. Raises what the client is told.

    Sessions without a name are told apart by the client's address.
    """
    name = speech.session_id
    key = (name, client) if name == UNNAMED else name
    session = service.sessions.session(key, start=speech.is_start, final=speech.is_final)
    goes_on = False
    try:
        async with session.lock, service.turns:
            service.check_open()
            parts = await _frames(service, model, speech, session, gone, objects)
        goes_on = parts is not None and not speech.is_final
        return None if parts is None else _answer(model, parts)
    except (RefusedError, AudioError, OptionError):  # nothing of the request was taken
        goes_on = session.begun
        raise
    finally:
        if not goes_on:
            service.sessions.forget(key, session)


async def _frames(
    service: Service,
    model: Model,
    speech: Speech,
    session: Session,
    gone: Callable[[], Awaitable[bool]],
    objects: bool,
) -> list[str] | None:
    """The rows of JSON; None if the client has left."""
    parts: list[str] = []
    sound = await asyncio.to_thread(_decoded, speech, service.limits.max_seconds)
    if sound is not None:
        session.begin(model, sound.rate, speech, service.settings.face)
        hop = max(1, sound.rate * model.spec.hop // model.spec.fps)
        blocks = sound.blocks(hop)
        while (part := await service.engine.run(_next, session, blocks, objects)) is not None:
            parts.append(part.rows)
            service.metrics.audio.inc(part.samples / sound.rate)
            service.metrics.frames.inc(part.frames)
            if len(parts) % GONE_HOPS == 0 and await gone():
                return None
    if session.begun:
        last = session.finish if speech.is_final else session.due
        part = await service.engine.run(lambda: _part(last(), 0, objects))
        parts.append(part.rows)
        service.metrics.frames.inc(part.frames)
    return parts


def _decoded(speech: Speech, max_seconds: float) -> Sound | None:
    """The request's sound; None where it only ends a session."""
    if not speech.audio_base64:
        return None
    return decode(speech.audio_base64, speech.audio_format, speech.sample_rate, max_seconds)


def _next(session: Session, blocks: Iterator[Floats], objects: bool) -> Part | None:
    """The frames that the next block completes, maybe none; None after the last block."""
    block = next(blocks, None)
    return None if block is None else _part(session.push(block), len(block), objects)


def _part(frames: Floats, samples: int, objects: bool) -> Part:
    return Part(rows(frames, objects=objects), len(frames), samples)


def _answer(model: Model, parts: list[str]) -> list[bytes]:
    head = f'{{"names":{dump(list(model.names))},"frames":['
    body = ",".join(part for part in parts if part)
    return [head.encode(), body.encode(), f'],"frame_rate":{model.spec.fps}}}'.encode()]
