"""The protocol of ``POST /api/audio2expression`` without HTTP: a body in, an answer's JSON out."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ConfigDict, StrictStr
from pydantic_core import from_json

from a2e.serve.refusals import RefusalError
from a2e.serve.wire import StreamFields, dump, validate

UNNAMED = "unknown"
"""The session of clients that name none."""


class ExpressionRequest(StreamFields):
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


def parse_request(body: bytes) -> ExpressionRequest:
    """The request in a body; raises ``RefusalError``."""
    try:
        fields = from_json(body, allow_inf_nan=False)
    except ValueError:
        raise RefusalError(
            "bad_request", "expected a JSON object; got a body that is none"
        ) from None
    if not isinstance(fields, dict):
        raise RefusalError("bad_request", "expected a JSON object; got another value")
    given = {name: value for name, value in fields.items() if value is not None}
    if isinstance(given.get("session_id"), int):
        given["session_id"] = str(given["session_id"])
    request = validate(ExpressionRequest, given, "request")
    if not request.audio_base64 and (request.is_start or not request.is_final):
        raise RefusalError("bad_request", "audio_base64 is missing; send the audio in it")
    return request


def session_key(request: ExpressionRequest, client: str) -> str | tuple[str, str]:
    """A session's name; those without one are told apart by the client's address."""
    name = request.session_id
    return (name, client) if name == UNNAMED else name


def answer(names: Sequence[str], fps: int, frames: Sequence[str]) -> bytes:
    """The answer's JSON around that of its frames (``wire.dump_frames``), a text for each part."""
    body = ",".join(part for part in frames if part)
    return f'{{"names":{dump(list(names))},"frames":[{body}],"frame_rate":{fps}}}'.encode()
