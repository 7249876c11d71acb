"""A film that is made while its voice is animated: memory does not grow with its length."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import Protocol

import av

from a2e.arrays import Floats
from a2e.errors import OptionError
from a2e.files import whole_file
from a2e.render.containers import PNG, Container, check
from a2e.render.look import Look
from a2e.render.movie import Movie, Voice, needs_palette
from a2e.render.painter import Painter, Pixels
from a2e.render.palette import poses
from a2e.render.pictures import Pictures, whole_folder


class Target(Protocol):
    """Where pictures and sound go."""

    def show(self, pixels: Pixels) -> None: ...
    def hear(self, samples: Floats) -> None: ...
    def end(self) -> None: ...
    def close(self) -> None: ...


class Film:
    """Frames and sound of one film; make one with :func:`open_film`."""

    def __init__(self, painter: Painter, target: Target) -> None:
        self._painter = painter
        self._target = target
        self.count = 0
        """Frames so far."""

    def hear(self, samples: Floats) -> None:
        """The next samples, float32 [n, channels]."""
        self._target.hear(samples)

    def show(self, frames: Iterable[Floats]) -> None:
        """The next frames, [names] each."""
        for weights in frames:
            self._target.show(self._painter.paint(weights))
            self.count += 1


@contextmanager
def open_film(
    path: str,
    kind: Container,
    look: Look,
    fps: Fraction,
    names: Sequence[str],
    voice: Voice,
    threads: int = 1,
) -> Iterator[Film]:
    """A film at ``path``, which appears when it is whole; ``voice`` are its sound's rate and
    channels, ``threads`` those of its encoder.

    Raises :class:`a2e.errors.OptionError` for what can't be, and where it can't be written.
    """
    check(kind, look, fps)
    painter = Painter(names, look)
    try:
        with _target(path, kind, look, fps, voice, threads) as target:
            if isinstance(target, Movie) and needs_palette(kind):
                target.learn(painter.paint(pose) for pose in poses(names))
            yield Film(painter, target)
            target.end()
    except av.FFmpegError as error:
        raise OptionError(f"can't write {path}: {error.strerror}") from error
    finally:
        painter.close()


@contextmanager
def _target(
    path: str, kind: Container, look: Look, fps: Fraction, voice: Voice, threads: int
) -> Iterator[Target]:
    if kind is PNG:
        with whole_folder(path) as folder:
            yield Pictures(folder, look)
        return
    with whole_file(path) as draft:
        movie = Movie(draft.name, kind, look, fps, voice, threads)
        try:
            yield movie
        finally:
            movie.close()
