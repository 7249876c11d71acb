"""``a2e animate``: an audio file to an animation file."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from a2e.console.completion import complete_format
from a2e.console.files import STANDARD, open_input
from a2e.console.groups import grouped
from a2e.console.options import Audio, FaceGroup, ModelGroup


@grouped
def animate(
    audio: Audio,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", help="default: the audio's name, .json; - for stdout"),
    ] = None,
    format: Annotated[
        str | None,
        typer.Option(help="default: told by the extension", autocompletion=complete_format),
    ] = None,
    *,
    model: ModelGroup,
    face: FaceGroup,
) -> None:
    """An audio file to an animation file."""
    from tqdm import tqdm

    from a2e.formats import extension_of, open_writer

    loaded = model.load()
    if output is None and audio == STANDARD:
        output = STANDARD
    format = format or ("ndjson" if output == STANDARD else None)
    output = output or Path(audio).with_suffix(extension_of(format or "bsdata")).name
    track = "" if audio == STANDARD else audio
    started = time.perf_counter()
    with open_input(audio) as file:
        stream = face.face().open(loaded, file.rate)
        with (
            open_writer(output, loaded.names, loaded.spec.fps, format, track) as writer,
            tqdm(total=file.length, unit="sample", unit_scale=True, disable=None) as progress,
        ):
            for block in file.blocks():
                writer.write(stream.push(block))
                progress.update(len(block))
            writer.write(stream.flush())
    seconds = writer.count / loaded.spec.fps
    spent = time.perf_counter() - started
    print(
        f"{output}: {writer.count} frames, {seconds:.1f} s of speech in {spent:.1f} s",
        file=sys.stderr,
    )
