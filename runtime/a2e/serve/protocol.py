"""The messages of ``/ws/a2e``: what clients may send, and frames as they are sent.

docs/service.md has the protocol; here are its types.
"""

from __future__ import annotations

import json
import struct
from typing import Annotated, Any, Literal, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr, ValidationError
from pydantic_core import from_json

from a2e.arrays import Floats
from a2e.audio.samples import MAX_CHANNELS
from a2e.errors import OptionError
from a2e.formats.base import DECIMALS
from a2e.post import Controls, Live, Post, Upstream
from a2e.serve.refused import RefusedError
from a2e.serve.settings import Face

PROTOCOL = 1
MAX_TEXT = 1 << 16
"""Longest text message, characters."""
MAX_ID = 128
SHOWN = 60
"""How much of a wrong value a message repeats."""

FRAMES_MAGIC = b"A2EF"
FRAMES_HEADER = struct.Struct("<4sIII")
"""Magic, speech, first frame, number of frames; then float32 weights, row-major."""

DTYPES: dict[str, np.dtype[Any]] = {"int16": np.dtype("<i2"), "float32": np.dtype("<f4")}
PROFILES: dict[str, Post | None] = {"live": Live(), "upstream": Upstream(), "raw": None}

M = TypeVar("M", bound=BaseModel)
Weight = dict[str, float]


class FaceOptions(BaseModel):
    """What a client may ask of its face; what it leaves out stays as it is."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    style: StrictInt | StrictStr | list[float] | dict[str, float] | None = None
    """An index, a name, shares of all styles, or {style: share}."""
    gain: Weight | None = None
    """Factors by shape."""
    offset: Weight | None = None
    """What is added after the gain, by shape."""
    clamp: dict[str, tuple[float, float]] | None = None
    """Lowest and highest weight, by shape."""
    mute: list[str] | None = None
    """Shapes that stay 0."""

    def face(self, face: Face) -> Face:
        """``face`` with what this asks for."""
        controls = {
            name: given if given is not None else getattr(face.controls, name)
            for name in ("gain", "offset", "clamp", "mute")
            for given in [getattr(self, name)]
        }
        style = face.style if self.style is None else _style(self.style)
        return Face(style, face.post, Controls(**controls), face.seed)


class StreamOptions(FaceOptions):
    """What can be chosen only when a stream begins."""

    post: Literal["live", "upstream", "raw"] | None = None
    """Post-processing."""
    seed: Annotated[StrictInt, Field(ge=0)] | None = None
    """Makes the blinks repeatable."""

    def face(self, face: Face) -> Face:
        asked = super().face(face)
        post = asked.post if self.post is None else PROFILES[self.post]
        seed = asked.seed if self.seed is None else self.seed
        return Face(asked.style, post, asked.controls, seed)


class Auth(BaseModel):
    """The key, for clients that can set no header."""

    type: Literal["auth"]
    key: str


class Start(StreamOptions):
    """Begins a stream."""

    type: Literal["start"]
    rate: StrictInt
    sample_format: Literal["int16", "float32"] = "int16"
    channels: Annotated[StrictInt, Field(ge=1, le=MAX_CHANNELS)] = 1
    output: Literal["json", "binary"] = "json"
    motion: Annotated[str, Field(min_length=1, max_length=MAX_ID)] | None = None
    """Feed the renderers of ``/ws/lam_data_stream/{motion}`` as well."""


class ChangeFace(FaceOptions):
    """Changes a running stream."""

    type: Literal["controls"]


class End(BaseModel):
    """The speech is over."""

    type: Literal["end"]


class Reset(BaseModel):
    """The speech is interrupted."""

    type: Literal["reset"]


Command = Auth | Start | ChangeFace | End | Reset
COMMANDS: dict[str, type[Command]] = {
    "auth": Auth,
    "start": Start,
    "controls": ChangeFace,
    "end": End,
    "reset": Reset,
}


def parse_command(text: str) -> Command:
    """The command in a text message; raises ``RefusedError``."""
    if len(text) > MAX_TEXT:
        raise RefusedError("too_big", f"expected a text message of at most {MAX_TEXT} characters")
    try:
        message = from_json(text, allow_inf_nan=False)
    except ValueError:
        raise RefusedError(
            "bad_request", "expected a JSON object; got text that is no JSON"
        ) from None
    kind = message.get("type") if isinstance(message, dict) else None
    if not isinstance(kind, str) or kind not in COMMANDS:
        raise RefusedError(
            "bad_request",
            f'expected an object with a "type" of {", ".join(COMMANDS)}; got {shown(kind)}',
        )
    return check(COMMANDS[kind], message, kind)


def check(model: type[M], value: object, name: str) -> M:
    """``value`` as ``model``; raises ``RefusedError`` that names the first field that is wrong."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join([name, *map(str, first["loc"])])
        known = f" (known: {', '.join(model.model_fields)})" * (first["type"] == "extra_forbidden")
        raise RefusedError(
            "bad_request",
            f"{place}: {first['msg'].lower()}{known}; got {shown(first['input'])}. Correct it",
        ) from None


def shown(value: object) -> str:
    """The beginning of a wrong value."""
    text = repr(value)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def dump(message: Any) -> str:
    return json.dumps(message, separators=(",", ":"))


def rows(frames: Floats, *, objects: bool = False) -> str:
    """Frames [n, shapes] as the JSON of a list's items: ``[…],[…]``, or ``{"weights":[…]},…``."""
    lists = np.round(frames.astype(np.float64), DECIMALS).tolist()
    return dump([{"weights": weights} for weights in lists] if objects else lists)[1:-1]


def frames_json(speech: int, first: int, frames: Floats, fps: int) -> str:
    """Frames [n, shapes] as a JSON message."""
    head = {"type": "frames", "speech": speech, "first": first, "time": round(first / fps, 6)}
    return f'{dump(head)[:-1]},"weights":[{rows(frames)}]}}'


def frames_binary(speech: int, first: int, frames: Floats) -> bytes:
    """Frames [n, shapes] as a binary message."""
    header = FRAMES_HEADER.pack(FRAMES_MAGIC, speech, first, len(frames))
    return header + frames.astype("<f4").tobytes()


def _style(style: int | str | list[float] | dict[str, float]) -> Any:
    """JSON names all keys by text; digits there mean an index."""
    if not isinstance(style, dict):
        return style
    if not style:
        raise OptionError("a style's blend is {style: share}; got {}")
    return {int(key) if key.isdecimal() else key: share for key, share in style.items()}
