"""Values that options hold as text: styles, moods and per-shape numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from a2e.errors import OptionError

if TYPE_CHECKING:
    from a2e.styles import Style


def parse_style(text: str) -> Style:
    """``3``, ``wide``, ``0:0.7,3:0.3`` or ``neutral:0.5,wide:0.5``; raises ``OptionError``."""
    if ":" not in text:
        return _style_key(text)
    parts = [part.rpartition(":") for part in text.split(",")]
    if not all(key for key, _, _ in parts):
        raise OptionError(f"expected STYLE:SHARE,STYLE:SHARE, such as 0:0.7,3:0.3; got {text!r}")
    return {_style_key(key): parse_number(share) for key, _, share in parts}


def _style_key(text: str) -> int | str:
    return int(text) if text.isdecimal() else text


def parse_assignments(texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The shape and the value of each ``SHAPE=VALUE``; raises ``OptionError``."""
    for text in texts:
        shape, equals, value = text.partition("=")
        if not equals or not shape:
            raise OptionError(f"expected SHAPE=VALUE, such as jawOpen=1.8; got {text!r}")
        yield shape, value


def parse_mood(text: str) -> dict[str, float]:
    """``joy:0.5,sadness:0.2``; raises ``OptionError``."""
    mood: dict[str, float] = {}
    for part in text.split(","):
        name, colon, strength = (piece.strip() for piece in part.partition(":"))
        if not colon or not name or name in mood:
            raise OptionError(
                f"expected MOOD:STRENGTH,MOOD:STRENGTH, each mood once, such as "
                f"joy:0.5,sadness:0.2; got {text!r}"
            )
        mood[name] = parse_number(strength)
    return mood


def parse_regions(texts: Sequence[str]) -> dict[str, float]:
    """``NAME=N`` by region; raises ``OptionError``."""
    regions: dict[str, float] = {}
    for text in texts:
        region, equals, value = text.partition("=")
        if not equals or not region or region in regions:
            raise OptionError(f"expected REGION=N, each region once, such as jaw=1.2; got {text!r}")
        regions[region] = parse_number(value)
    return regions


def parse_number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise OptionError(f"expected a number; got {text!r}") from None


def parse_bounds(text: str) -> tuple[float, float]:
    """``LOW:HIGH``; raises ``OptionError``."""
    low, colon, high = text.partition(":")
    if not colon:
        raise OptionError(f"expected LOW:HIGH, such as 0:0.9; got {text!r}")
    return parse_number(low), parse_number(high)
