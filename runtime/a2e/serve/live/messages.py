"""The text messages that clients of ``/ws/a2e`` may send; docs/service.md explains them."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, Field
from pydantic_core import from_json

from a2e.audio.pcm import ENCODINGS
from a2e.audio.samples import MAX_CHANNELS
from a2e.serve.motion.protocol import MAX_ID
from a2e.serve.refusals import RefusalError
from a2e.serve.wire import FaceFields, Integer, Name, StreamFields, shorten, validate

MAX_OUTPUTS = 16
"""Most outputs of one voice."""
MAX_TEXT = 1 << 16
"""Longest text message, characters."""


SAMPLE_FORMATS = {"int16": "s16le", "float32": "f32le"} | {name: name for name in ENCODINGS}
"""Encodings of ``a2e.audio.pcm``, by the names of ``sample_format``."""


def _sample_format(name: str) -> str:
    if name not in SAMPLE_FORMATS:
        raise ValueError(f"expected one of {', '.join(SAMPLE_FORMATS)}")
    return name


SampleFormat: TypeAlias = Annotated[str, Field(max_length=20), AfterValidator(_sample_format)]


class Auth(BaseModel):
    """The key, for clients that can set no header."""

    type: Literal["auth"]
    key: str


class Start(StreamFields):
    """Begins a stream."""

    type: Literal["start"]
    rate: Integer
    sample_format: SampleFormat = "int16"
    channels: Annotated[Integer, Field(ge=1, le=MAX_CHANNELS)] = 1
    output: Literal["json", "binary"] = "json"
    motion: Annotated[str, Field(min_length=1, max_length=MAX_ID)] | None = None
    """Feed the renderers of ``/ws/lam_data_stream/{motion}`` as well."""
    outputs: Annotated[list[Name], Field(max_length=MAX_OUTPUTS)] | None = None
    """Send the frames to these outputs of the service as well, each at its time."""


class ChangeFace(FaceFields):
    """Changes a running stream."""

    type: Literal["controls"]


class End(BaseModel):
    """The speech is over."""

    type: Literal["end"]


class Reset(BaseModel):
    """The speech is interrupted."""

    type: Literal["reset"]


Message = Auth | Start | ChangeFace | End | Reset
TYPES: dict[str, type[Message]] = {
    "auth": Auth,
    "start": Start,
    "controls": ChangeFace,
    "end": End,
    "reset": Reset,
}


def parse_message(text: str) -> Message:
    """The message in a text; raises ``RefusalError``."""
    if len(text) > MAX_TEXT:
        raise RefusalError("too_big", f"expected a text message of at most {MAX_TEXT} characters")
    try:
        message = from_json(text.removeprefix("\ufeff"), allow_inf_nan=False)
    except ValueError:
        raise RefusalError(
            "bad_request", "expected a JSON object; got text that is no JSON"
        ) from None
    kind = message.get("type") if isinstance(message, dict) else None
    if not isinstance(kind, str) or kind not in TYPES:
        raise RefusalError(
            "bad_request",
            f'expected an object with a "type" of {", ".join(TYPES)}; got {shorten(kind)}',
        )
    return validate(TYPES[kind], message, kind)
