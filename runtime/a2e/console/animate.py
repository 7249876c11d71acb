"""``a2e animate``: audio files to animation files."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from a2e.console.batch import Batch
from a2e.console.completion import complete_format
from a2e.console.conversion import Conversion
from a2e.console.files import STANDARD, is_stdin, note
from a2e.console.groups import grouped
from a2e.console.options import AUDIO_HELP, AudioGroup, FaceGroup, ModelGroup


@grouped
def animate(
    audio: Annotated[list[str], typer.Argument(metavar="AUDIO...", help=AUDIO_HELP)],
    output: Annotated[
        str | None,
        typer.Option(
            "-o", "--output", help="a file or a folder; default: the audio's name; - for stdout"
        ),
    ] = None,
    format: Annotated[
        str | None,
        typer.Option(help="default: told by the extension", autocompletion=complete_format),
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="files at a time")] = 1,
    *,
    options: AudioGroup,
    model: ModelGroup,
    face: FaceGroup,
) -> None:
    """Audio files to animation files."""
    folder = Path(output) if output and _is_folder(output, audio) else None
    if folder is None and len(audio) == 1:
        output, format = _single(audio[0], output, format)
        conversion = Conversion(model.load(), face.face(), options, format)
        _animate_single(conversion, audio[0], output)
        return
    batch = Batch(audio, folder or Path(), format)
    conversion = Conversion(model.load(), face.face(), options, format)
    batch.run(conversion, jobs)


def _is_folder(output: str, audio: list[str]) -> bool:
    return output != STANDARD and (len(audio) > 1 or output.endswith("/") or os.path.isdir(output))


def _single(audio: str, output: str | None, format: str | None) -> tuple[str, str | None]:
    """Output and format for one input."""
    from a2e.console.batch import output_name

    if output is None and is_stdin(audio):
        output = STANDARD
    if output == STANDARD:
        return output, format or "ndjson"
    return output or output_name(audio, format), format


def _animate_single(conversion: Conversion, audio: str, output: str) -> None:
    from tqdm import tqdm

    started = time.perf_counter()
    silent = True if sys.stderr is None else None
    with tqdm(unit="sample", unit_scale=True, disable=silent, leave=False) as bar:

        def show(samples: int, length: int | None) -> None:
            bar.total = length
            bar.update(samples)

        frames = conversion.run(audio, output, show)
    seconds = float(frames / conversion.fps)
    spent = time.perf_counter() - started
    note(f"{output}: {frames} frames, {seconds:.1f} s of speech in {spent:.1f} s")
