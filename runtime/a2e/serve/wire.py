"""JSON from clients, checked, and for clients: the fields of a face."""

from __future__ import annotations

import json
import reprlib
from dataclasses import fields, replace
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    StrictStr,
    ValidationError,
)

from a2e.errors import OptionError
from a2e.options import Face
from a2e.post import PROFILES, Controls, ProfileName, prompt, with_life
from a2e.presets import named_preset, with_preset
from a2e.serve.refusals import RefusalError

SHOWN = 60
"""Characters of a wrong value that a message repeats."""

BRIEF = reprlib.Repr()
"""Looks at no more of a value than is shown."""
BRIEF.maxstring = BRIEF.maxother = 2 * SHOWN

M = TypeVar("M", bound=BaseModel)
MAX_RATE = 20
"""Longest frame rate as text, characters."""
MAX_NAME = 100
"""Longest name of a shape or style, characters."""
INDEX_DIGITS = 6
"""Most digits of a style's index."""


def _no_bool(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("input should be a number")
    return value


def _whole(value: object) -> object:
    """A whole number that JSON wrote as 1.0 as an index."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Integer = Annotated[int, BeforeValidator(_no_bool)]
"""A whole number, as a number or a text: ``24000``, ``24000.0``, ``"24000"``."""
Name = Annotated[str, Field(max_length=MAX_NAME)]
Weights = dict[Name, float]
RateText = Annotated[str, Field(max_length=MAX_RATE)]


AT_THE_START = ("seed", "fps", "delay", "smooth", "shapes")
CONTROLS = tuple(control.name for control in fields(Controls))


class FaceFields(BaseModel):
    """What a client may ask of its face; what it leaves out stays as it is."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    style: Annotated[
        StrictInt
        | Annotated[StrictStr, Field(max_length=MAX_NAME)]
        | list[float]
        | dict[Name, float]
        | None,
        BeforeValidator(_whole),
    ] = None
    """An index, a name, shares of all styles, or {style: share}."""
    gain: Weights | None = None
    """Factors by shape."""
    offset: Weights | None = None
    """What is added after the gain, by shape."""
    clamp: dict[Name, tuple[float, float]] | None = None
    """Lowest and highest weight, by shape."""
    mute: list[Name] | None = None
    """Shapes that stay 0."""
    mood: Weights | None = None
    """Strength by mood, 0 to 1."""
    strength: Annotated[float, BeforeValidator(_no_bool)] | None = None
    """Factor of all that speech moves, 0 to 2."""
    regions: Weights | None = None
    """Factors by region, 0 to 2: upper, lower, jaw, lips, brows, eyes."""

    def applied_to(self, face: Face) -> Face:
        """``face`` with these fields; raises :class:`a2e.errors.OptionError`."""
        controls = {
            name: getattr(face.controls, name) if value is None else value
            for name in CONTROLS
            for value in [getattr(self, name)]
        }
        style = face.style if self.style is None else _style(self.style)
        return replace(face, style=style, controls=Controls(**controls))

    def merged(self, later: Self) -> Self:
        """These fields and, over them, ``later`` ones."""
        return self.model_copy(update=later.model_dump(exclude_none=True))


class StreamFields(FaceFields):
    """The same, and what can be chosen only when a stream begins."""

    post: ProfileName | None = None
    """Post-processing."""
    seed: Annotated[Integer, Field(ge=0, lt=1 << 64)] | None = None
    """Makes what moves by chance repeatable: blinks, gaze, head."""
    low_latency: bool = False
    """Hold no frames back to smooth them."""
    gaze: bool | None = None
    """Let the eyes look at the viewer, now and then away; only the live profile does."""
    head: bool | None = None
    """Move the head: three more columns, in radians; only the live profile does."""
    fps: Annotated[int | float | RateText, BeforeValidator(_no_bool)] | None = None
    """Frames a second, 1 to 240, or a fraction: 60, 23.976, "24000/1001"."""
    delay: Annotated[float, BeforeValidator(_no_bool)] | None = None
    """Milliseconds by which the face shows later; earlier if less than 0, for more latency."""
    smooth: Weights | None = None
    """Milliseconds of smoothing by region."""
    preset: Name | None = None
    """Knobs of a rig, by name; other fields go over them."""
    shapes: Literal["arkit", "oculus", "vrm", "azure", "rhubarb"] | None = None
    """The frames' shapes: ARKit's, or visemes."""

    def applied_to(self, face: Face) -> Face:
        if self.preset is not None:
            face = with_preset(named_preset(self.preset), face)
        face = super().applied_to(face)
        post = face.post if self.post is None else PROFILES[self.post]
        post = prompt(post) if self.low_latency else post
        post = with_life(post, gaze=self.gaze, head=self.head)
        asked = {name: getattr(self, name) for name in AT_THE_START}
        changes = {name: value for name, value in asked.items() if value is not None}
        return replace(face, post=post, **changes)


def validate(model: type[M], value: object, name: str) -> M:
    """``value`` as ``model``; raises ``RefusalError`` that names the first field that is wrong."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join([name, *(str(part)[:SHOWN] for part in first["loc"])])
        reason = first["msg"].removeprefix("Value error, ").lower()
        hint = f" (known: {', '.join(model.model_fields)})" * (first["type"] == "extra_forbidden")
        raise RefusalError(
            "bad_request",
            f"{place}: {reason}{hint}; got {shorten(first['input'])}. Correct it",
        ) from None


def shorten(value: object) -> str:
    """The beginning of a wrong value."""
    try:
        text = BRIEF.repr(value)
    except ValueError:  # a whole number of too many digits
        text = f"a long {type(value).__name__}"
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def dump(message: Any) -> str:
    """``message`` as JSON without blanks."""
    return json.dumps(message, separators=(",", ":"))


def _style(style: int | str | list[float] | dict[str, float]) -> Any:
    """JSON names all keys by text, and some clients all values; digits there mean an index."""
    if isinstance(style, str):
        return _index(style)
    if not isinstance(style, dict):
        return style
    if not style:
        raise OptionError("a style's blend is {style: share}; got {}")
    return {_index(key): share for key, share in style.items()}


def _index(style: str) -> int | str:
    """A style's index or name."""
    return int(style) if style.isdecimal() and len(style) <= INDEX_DIGITS else style
