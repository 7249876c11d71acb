"""``a2e plot``: a picture of a voice and its face."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from a2e.console.files import STANDARD, open_input, output_path
from a2e.console.groups import grouped
from a2e.console.options import Audio, FaceGroup, ModelGroup

PICTURE = ".png"


@grouped
def plot(
    audio: Audio,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", help=f"default: the audio's name, {PICTURE}; - for stdout"),
    ] = None,
    *,
    model: ModelGroup,
    face: FaceGroup,
) -> None:
    """A picture of a voice and its face."""
    import numpy as np

    from a2e import plot as pictures
    from a2e.audio.samples import downmix
    from a2e.clip import Clip

    from_stdin = audio == STANDARD
    target = output or (STANDARD if from_stdin else Path(audio).with_suffix(PICTURE).name)
    with output_path(target, PICTURE) as path:
        pictures.check_target(path)
        loaded = model.load()
        with open_input(audio) as file:
            stream = face.face().open(loaded, file.rate)
            voice = np.concatenate([np.zeros(0, np.float32), *map(downmix, file.blocks())])
        weights = np.concatenate((stream.push(voice), stream.flush()))
        clip = Clip(weights, loaded.names, loaded.spec.fps)
        title = "" if from_stdin else Path(audio).name
        pictures.plot(clip, voice, stream.rate, path, title=title)
    print(target, file=sys.stderr)
