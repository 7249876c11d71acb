"""What each kind of film can hold, and how FFmpeg writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from a2e.errors import OptionError
from a2e.render.look import Look


@dataclass(frozen=True)
class Container:
    """A kind of film."""

    extension: str
    muxer: str
    codec: str
    pixels: str
    """FFmpeg's name of the pixels of a film without transparency."""
    clear_pixels: str = ""
    """The same with it; empty where there can be none."""
    sound: str = ""
    """The encoder of its sound; empty where there is none."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """The encoder's options."""
    options: Mapping[str, str] = field(default_factory=dict)
    """The muxer's options."""
    even: bool = False
    """Whether width and height must be even: colours have half the resolution."""
    most_fps: int = 240


PNG = Container("", "", "png", "rgba", "rgba")
"""A folder of pictures."""
GIF = Container(".gif", "gif", "gif", "pal8", "pal8", options={"loop": "0"}, most_fps=50)
CONTAINERS = {
    "mp4": Container(
        *(".mp4", "mp4", "libx264", "yuv420p"),
        sound="aac",
        settings={"crf": "18", "preset": "veryfast"},
        options={"movflags": "+faststart"},
        even=True,
    ),
    "webm": Container(
        *(".webm", "webm", "libvpx-vp9", "yuv420p", "yuva420p"),
        sound="libopus",
        settings={"crf": "24", "b": "0", "deadline": "realtime", "cpu-used": "7"},
        even=True,
    ),
    "gif": GIF,
    "webp": Container(
        *(".webp", "webp", "libwebp_anim", "yuv420p", "bgra"),
        settings={"quality": "80", "compression_level": "2"},
        options={"loop": "0"},
    ),
    "apng": Container(".apng", "apng", "apng", "rgb24", "rgba", options={"plays": "0"}),
    "png": PNG,
}
EXTENSIONS = {kind.extension: name for name, kind in CONTAINERS.items() if kind.extension}


def container_of(output: str, format: str | None) -> Container:
    """The kind of film that a name means, or that is named; raises
    :class:`a2e.errors.OptionError`."""
    if format is None:
        is_folder = output.endswith("/") or Path(output).is_dir()
        format = "png" if is_folder else EXTENSIONS.get(Path(output).suffix.lower())
    if format is None:
        raise OptionError(
            f"the extension of {Path(output).name or output} tells no kind of film: use one of "
            f"{', '.join(EXTENSIONS)}, end it in / for a folder of PNGs, or name one of "
            f"{', '.join(CONTAINERS)}"
        )
    if format not in CONTAINERS:
        raise OptionError(f"format must be one of {', '.join(CONTAINERS)}; got {format!r}")
    return CONTAINERS[format]


def check(container: Container, look: Look, fps: Fraction) -> None:
    """Raises :class:`a2e.errors.OptionError` for what a kind of film can't hold."""
    if not look.opaque and not container.clear_pixels:
        raise OptionError(
            f"{container.muxer} holds no transparency; give another --background, or take webm, "
            "gif, webp, apng or png"
        )
    if container.even and (look.width % 2 or look.height % 2):
        raise OptionError(
            f"{container.muxer} needs an even width and height; got {look.width}x{look.height}"
        )
    if fps > container.most_fps:
        raise OptionError(
            f"{container.muxer} shows at most {container.most_fps} frames a second; got {fps}"
        )
