"""What a film looks like: its size and what is behind the face."""

from __future__ import annotations

import re
from dataclasses import dataclass

from a2e.errors import OptionError

MOST_PIXELS = 8192
CLEAR = "transparent"
STAGE = "#dbe9e8"
"""The background by default: the page's own stage."""
HEX = re.compile(r"#(?:[\da-f]{3,4}|[\da-f]{6}|[\da-f]{8})", re.IGNORECASE)


@dataclass(frozen=True)
class Look:
    """Width and height in pixels, and the background as 0xAARRGGBB."""

    width: int
    height: int
    background: int

    @property
    def opaque(self) -> bool:
        """Whether no pixel lets anything through."""
        return self.background >> 24 == 255


def parse_look(size: str, background: str) -> Look:
    """A look by its texts; raises :class:`a2e.errors.OptionError`."""
    return Look(*parse_size(size), parse_colour(background))


def parse_size(text: str) -> tuple[int, int]:
    """``1280x720``, or ``720`` for a square; raises :class:`a2e.errors.OptionError`."""
    match = re.fullmatch(r"(\d{1,5})(?:x(\d{1,5}))?", text.strip().lower())
    if match:
        width, height = int(match[1]), int(match[2] or match[1])
        if 1 <= width <= MOST_PIXELS and 1 <= height <= MOST_PIXELS:
            return width, height
    raise OptionError(
        f"size must be WIDTHxHEIGHT or one number, in pixels from 1 to {MOST_PIXELS}; got {text!r}"
    )


def parse_colour(text: str) -> int:
    """A colour as 0xAARRGGBB: ``#rgb``, ``#rrggbb``, either with opacity, a name of CSS, or
    ``transparent``. Raises :class:`a2e.errors.OptionError`."""
    name = text.strip().lower()
    if name == CLEAR:
        return 0
    if HEX.fullmatch(name):
        digits = name[1:] if len(name) > 5 else "".join(digit * 2 for digit in name[1:])
        return int((digits[6:] or "ff") + digits[:6], 16)
    colour = _named(name) if re.fullmatch("[a-z]+", name) and name != "random" else None
    if colour is None:
        raise OptionError(
            f"background must be a colour such as #dbe9e8 or tomato, or {CLEAR}; got {text!r}"
        )
    return colour


def _named(name: str) -> int | None:
    """FFmpeg's names of colours are those of CSS."""
    import av
    from av.filter import Graph

    graph = Graph()
    try:
        source = graph.add("color", f"color={name}:size=2x2")
    except (av.FFmpegError, ValueError):
        return None
    changed = graph.add("format", "pix_fmts=rgb24")
    sink = graph.add("buffersink")
    source.link_to(changed)
    changed.link_to(sink)
    graph.configure()
    red, green, blue = graph.pull().to_ndarray()[0, 0].tolist()
    return 0xFF000000 | int(red) << 16 | int(green) << 8 | int(blue)
