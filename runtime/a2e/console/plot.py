"""``a2e plot``: a picture of a voice and its face."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from a2e.console.files import (
    STANDARD,
    is_stdin,
    note,
    note_warnings,
    open_input,
    output_path,
)
from a2e.console.groups import grouped
from a2e.console.options import Audio, AudioGroup, FaceGroup, ModelGroup

PICTURE = ".png"


@grouped
def plot(
    audio: Audio,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", help=f"default: the audio's name, {PICTURE}; - for stdout"),
    ] = None,
    *,
    options: AudioGroup,
    model: ModelGroup,
    face: FaceGroup,
) -> None:
    """A picture of a voice and its face."""
    import numpy as np

    from a2e import plot as pictures
    from a2e.audio.decode.source import display_name
    from a2e.audio.samples import downmix
    from a2e.clip import Clip

    from_stdin = is_stdin(audio)
    target = output or (STANDARD if from_stdin else (Path(audio).stem or "face") + PICTURE)
    with output_path(target, PICTURE) as path:
        pictures.check_target(path)
        loaded = model.load()
        with open_input(audio, options.track) as file:
            stream = face.face().open(loaded, file.rate)
            voice = np.concatenate([np.zeros(0, np.float32), *map(downmix, file.blocks())])
            note_warnings(file, options.strict)
        weights = np.concatenate((stream.push(voice), stream.flush()))
        clip = Clip(weights, stream.names, loaded.spec.fps)
        title = "" if from_stdin else display_name(Path(audio).name)
        pictures.plot(clip, voice, stream.rate, path, title=title)
    note(target)
