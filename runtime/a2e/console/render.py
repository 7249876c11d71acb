"""``a2e render``: a film of the face with its voice."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from a2e.console.files import STANDARD, is_stdin, note, note_warnings, open_input, output_path
from a2e.console.groups import Group, grouped, option
from a2e.console.options import Audio, AudioGroup, AudioOptions, FaceGroup, ModelGroup
from a2e.errors import OptionError
from a2e.render.look import CLEAR, STAGE

if TYPE_CHECKING:
    from a2e.model import Model
    from a2e.options import Face
    from a2e.render.containers import Container
    from a2e.render.look import Look

DEFAULT = ".mp4"


@dataclass(frozen=True)
class FilmOptions:
    """What the film is like."""

    format: str | None = option(
        None, "mp4, webm, gif, webp, apng or png", show_default="told by the extension"
    )
    size: str = option("512", "in pixels; one number for a square", metavar="WIDTHxHEIGHT")
    background: str = option(STAGE, f"#rrggbb, a colour's name, or {CLEAR}", metavar="COLOUR")


@dataclass(frozen=True)
class Plan:
    """A film that can be made."""

    kind: Container
    look: Look
    fps: Fraction
    threads: int


@grouped
def render(
    audio: Audio,
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            help=f"a file, or a folder for png; default: the audio's name, {DEFAULT}; - for stdout",
        ),
    ] = None,
    *,
    film: Annotated[FilmOptions, Group("Film")],
    options: AudioGroup,
    model: ModelGroup,
    face: FaceGroup,
) -> None:
    """A film of the face with its voice."""
    from a2e.render import check_installed

    check_installed()
    from a2e.render.containers import CONTAINERS, check, container_of
    from a2e.render.look import parse_look

    target = output or _name(audio, film.format)
    if target == STANDARD and (film.format or "png") == "png":
        raise OptionError(
            f"a film on standard output needs --format: {', '.join(CONTAINERS)} (but png)"
        )
    kind = container_of(target, film.format)
    look = parse_look(film.size, film.background)
    chosen, loaded = face.face(), model.load()
    if chosen.shapes != "arkit":
        raise OptionError(f"the drawn face is moved by arkit's shapes, not by {chosen.shapes}'s")
    fps = Fraction(chosen.rate(loaded))
    check(kind, look, fps)
    started = time.perf_counter()
    with output_path(target, kind.extension) as path:
        plan = Plan(kind, look, fps, model.threads)
        seconds, frames = _film(audio, str(path), plan, loaded, chosen, options)
    spent = time.perf_counter() - started
    note(f"{target}: {frames} frames, {seconds:.1f} s of speech in {spent:.1f} s")


def _name(audio: str, format: str | None) -> str:
    """A film's name where none is given."""
    if is_stdin(audio):
        return STANDARD
    extension = DEFAULT if format is None else f".{format}"
    stem = Path(audio).stem or "face"
    return stem if format == "png" else stem + extension


def _film(
    audio: str, path: str, plan: Plan, model: Model, face: Face, options: AudioOptions
) -> tuple[float, int]:
    """Makes a film; the sound's seconds and the number of frames."""
    from tqdm import tqdm

    from a2e.render.film import open_film

    silent = True if sys.stderr is None else None
    with (
        open_input(audio, options.track) as file,
        tqdm(unit="s", total=_seconds(file.length, file.rate), disable=silent, leave=False) as bar,
    ):
        stream = face.open(model, file.rate)
        voice = file.rate, file.channels
        samples = 0
        with open_film(
            path, plan.kind, plan.look, plan.fps, stream.names, voice, plan.threads
        ) as film:
            for block in file.blocks():
                film.hear(block)
                film.show(stream.push(block))
                samples += len(block)
                bar.update(round(samples / file.rate) - bar.n)
            film.show(stream.flush())
            note_warnings(file, options.strict)
        return samples / file.rate, film.count


def _seconds(samples: int | None, rate: int) -> int | None:
    return None if samples is None else round(samples / rate)
