"""Seconds of film that one core makes in a second, and where the time goes.

    python -m benchmarks render

Draw: the face's JavaScript in V8. Raster: its strokes by Skia. Encode: pixels to the container's.
Each is processor time, V8's own threads included; the model and the sound are not. Needs the extra
'render'.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import soundfile

import a2e
from a2e.arrays import Floats
from a2e.data import SPEECH
from benchmarks.harness.command import options, run
from benchmarks.harness.rows import Row, write_row
from benchmarks.harness.system import last_cores, pin

FILMS = (("mp4", 512, 512), ("webm", 512, 512), ("gif", 512, 512), ("mp4", 1280, 720))
WARM_FRAMES = 30
"""Frames before the clock begins: V8 compiles what is called often."""


class Clock:
    """Processor time by part, s."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def timed(self, part: str, call: Callable[[], object]) -> object:
        started = time.process_time()
        result = call()
        self.seconds[part] = self.seconds.get(part, 0.0) + time.process_time() - started
        return result


def measure(kind: str, width: int, height: int, clip: a2e.Clip) -> dict[str, float]:
    """ms of each part for a frame, and seconds of film a second."""
    from a2e.render.containers import CONTAINERS
    from a2e.render.drawing import Drawing
    from a2e.render.look import STAGE, Look, parse_colour
    from a2e.render.movie import Movie
    from a2e.render.painter import Painter
    from a2e.render.palette import poses
    from a2e.render.raster import Raster

    look = Look(width, height, parse_colour(STAGE))
    drawing = Drawing(clip.names, width, height)
    raster = Raster(drawing.commands, drawing.segments)

    def show(clock: Clock, weights: Floats) -> None:
        tape = clock.timed("draw", lambda: drawing.draw(weights))
        clock.timed("raster", lambda: raster.play(tape))  # type: ignore[arg-type]
        clock.timed("raster", lambda: raster.fill_behind(0, look.background))
        clock.timed("encode", lambda: movie.show(raster.pixels(0)))

    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "film")
        movie = Movie(path, CONTAINERS[kind], look, Fraction(clip.fps), (16_000, 1), 1)
        if kind == "gif":
            painter = Painter(clip.names, look)
            movie.learn(painter.paint(pose) for pose in poses(clip.names))
            painter.close()
        for weights in clip.weights[:WARM_FRAMES]:
            show(Clock(), weights)
        clock = Clock()
        for weights in clip.weights[WARM_FRAMES:]:
            show(clock, weights)
        clock.timed("encode", movie.end)
        movie.close()
    frames = len(clip) - WARM_FRAMES
    parts = {f"{part}_ms": round(1e3 * s / frames, 2) for part, s in clock.seconds.items()}
    drawing.close()
    return {**parts, "film_seconds": round(frames / clip.fps / sum(clock.seconds.values()), 2)}


def work(_: argparse.Namespace) -> None:
    pin(last_cores(1))
    clip = a2e.load().animate(*soundfile.read(SPEECH, dtype="float32"), seed=1)
    for kind, width, height in FILMS:
        facts = measure(kind, width, height, clip)
        write_row(
            Row("render", cores=1, facts={"kind": kind, "size": f"{width}x{height}", **facts})
        )
        print(f"{kind:5} {width}x{height}  " + "  ".join(f"{k} {v}" for k, v in facts.items()))


def main() -> None:
    run(work, options(__doc__))


if __name__ == "__main__":
    main()
