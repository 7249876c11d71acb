"""GIF's 256 colours: those of a few poses, the same for the whole film.

One palette for all frames keeps what is still from flickering, and makes small files; poses tell it
before the first frame, so that no film must be kept to its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from a2e.arrays import Floats

if TYPE_CHECKING:
    from av import VideoFrame

POSES: tuple[dict[str, float], ...] = (
    {},
    {"jawOpen": 0.7, "mouthLowerDownLeft": 0.5, "mouthLowerDownRight": 0.5},
    {"jawOpen": 0.3, "mouthFunnel": 0.6, "mouthPucker": 0.4},
    {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0, "mouthSmileLeft": 0.7, "mouthSmileRight": 0.7},
    {"jawOpen": 0.4, "tongueOut": 0.8, "browInnerUp": 0.8},
)


def poses(names: Sequence[str]) -> list[Floats]:
    """Frames [names] that show all of the face's colours."""
    return [np.array([pose.get(name, 0) for name in names], np.float32) for pose in POSES]


def make_palette(frames: Iterable[VideoFrame], clear: bool) -> VideoFrame:
    """The best colours for frames of one size in rgba; ``clear`` keeps one for transparency."""
    from av.filter import Graph

    frames = list(frames)
    graph = Graph()
    source = graph.add_buffer(**_facts(frames[0]))
    made = graph.add("palettegen", f"reserve_transparent={int(clear)}")
    sink = graph.add("buffersink")
    source.link_to(made)
    made.link_to(sink)
    graph.configure()
    for frame in frames:
        source.push(frame)
    source.push(None)
    return _pulled(sink)


class Quantizer:
    """Frames in rgba to frames in a palette's colours."""

    def __init__(self, palette: VideoFrame, like: VideoFrame) -> None:
        from av.filter import Graph

        graph = Graph()
        self._source = graph.add_buffer(**_facts(like))
        colours = graph.add_buffer(**_facts(palette))
        used = graph.add("paletteuse", "dither=bayer:bayer_scale=4:diff_mode=rectangle")
        self._sink = graph.add("buffersink")
        self._source.link_to(used, 0, 0)
        colours.link_to(used, 0, 1)
        used.link_to(self._sink)
        graph.configure()
        palette.pts = 0
        colours.push(palette)
        colours.push(None)
        self._graph = graph

    def quantize(self, frame: VideoFrame | None) -> Iterable[VideoFrame]:
        """Frames that are ready; None ends the film."""
        import av

        self._source.push(frame)
        try:
            while True:
                yield _pulled(self._sink)
        except (av.BlockingIOError, av.EOFError):
            return


def _pulled(sink: Any) -> VideoFrame:
    frame: VideoFrame = sink.pull()
    return frame


def _facts(frame: VideoFrame) -> dict[str, Any]:
    return {
        "width": frame.width,
        "height": frame.height,
        "format": frame.format.name,
        "time_base": frame.time_base,
    }
