"""The protocol of ``POST /api/audio2expression`` without HTTP: a body in, an answer's JSON out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import ConfigDict, Field, StrictStr
from pydantic_core import from_json

from a2e.rates import Rate, exact, number
from a2e.serve.formats import Declared, parse_format
from a2e.serve.refusals import RefusalError
from a2e.serve.wire import Integer, StreamFields, dump, shorten, validate

UNNAMED = "unknown"
"""The session of clients that name none."""
MAX_SESSION_ID = 1_000
"""Longest name of a session, characters."""
STRUCTURE = b"[]{},:"
MAX_MARKS = 20_000
"""Most of those bytes in a body: a few for each shape, and what names may hold."""
COUNTED_BYTES = 1 << 20


class ExpressionRequest(StreamFields):
    """A request: a whole speech, or a chunk of a session's."""

    model_config = ConfigDict(extra="ignore")

    audio_base64: StrictStr = ""
    """The audio; may be left out only to end a session."""
    audio_format: StrictStr = "mp3"
    """A file's, which its content overrules; pcm, pcm_24000_16bit_mono, pcm_16000_float32."""
    sample_rate: Integer | None = None
    """Of raw samples, Hz; 16000 where neither it nor the format says it."""
    session_id: Annotated[str, Field(max_length=MAX_SESSION_ID)] = UNNAMED
    """Which speech a chunk belongs to."""
    is_start: bool = True
    """Begin afresh."""
    is_final: bool = True
    """End and forget."""

    @property
    def declared(self) -> Declared:
        """What the client calls its audio; nothing where it left that out."""
        return parse_format(self.audio_format if "audio_format" in self.model_fields_set else "")


def parse_request(
    body: bytes | bytearray, defaults: dict[str, Any] | None = None
) -> ExpressionRequest:
    """The request in JSON, over ``defaults``; raises ``RefusalError``."""
    check_complexity(body)
    try:
        fields = from_json(body, allow_inf_nan=False)
    except ValueError:
        raise RefusalError(
            "bad_request", "expected a JSON object; got a body that is none"
        ) from None
    if not isinstance(fields, dict):
        raise RefusalError("bad_request", "expected a JSON object; got another value")
    request = parse_fields({**(defaults or {}), **fields})
    check_audio(request, bool(request.audio_base64))
    return request


def check_complexity(body: bytes | bytearray) -> None:
    """Raises ``RefusalError`` for JSON of so many values that reading it holds up everyone."""
    marks = 0
    for start in range(0, len(body), COUNTED_BYTES):
        part = bytes(body[start : start + COUNTED_BYTES])
        marks += len(part) - len(part.translate(None, STRUCTURE))
        if marks > MAX_MARKS:
            raise RefusalError(
                "too_big",
                f"expected JSON of at most {MAX_MARKS} brackets, commas and colons; got more. Only "
                "audio_base64 may be long",
            )


def parse_fields(fields: dict[str, Any]) -> ExpressionRequest:
    """The request in a body's fields; raises ``RefusalError``."""
    given = {name: value for name, value in fields.items() if value is not None}
    if isinstance(given.get("session_id"), int):
        given["session_id"] = shorten(given["session_id"])
    return validate(ExpressionRequest, given, "request")


def check_audio(request: ExpressionRequest, has_audio: bool) -> None:
    """Raises ``RefusalError`` without audio, unless the request ends a session."""
    if not has_audio and (request.is_start or not request.is_final):
        raise RefusalError(
            "bad_request",
            "audio_base64 is missing; send the audio in it, as the body, or as a form's part file",
        )


def session_key(request: ExpressionRequest, client: str) -> str | tuple[str, str]:
    """A session's name; those without one are told apart by the client's address."""
    name = request.session_id
    return (name, client) if name == UNNAMED else name


def answer(
    names: Sequence[str], fps: Rate, frames: Sequence[str], warnings: Sequence[str] = ()
) -> bytes:
    """The answer's JSON around that of its frames (``dump_frames``), a text for each part."""
    body = ",".join(part for part in frames if part)
    told = f',"warnings":{dump(list(warnings))}' if warnings else ""
    rate = dump({"frame_rate": number(fps), **exact(fps)})[1:-1]
    return f'{{"names":{dump(list(names))},"frames":[{body}],{rate}{told}}}'.encode()
