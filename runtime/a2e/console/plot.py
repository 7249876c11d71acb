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
from a2e.errors import OptionError

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
    from a2e.clip import Clip
    from a2e.post.profile import downmix_of, profile_of

    from_stdin = is_stdin(audio)
    target = output or (STANDARD if from_stdin else (Path(audio).stem or "face") + PICTURE)
    with output_path(target, PICTURE) as path:
        pictures.check_target(path)
        loaded = model.load()
        chosen = face.face()
        if chosen.shapes != "arkit":
            raise OptionError("a picture needs ARKit's shapes; leave --shapes out")
        with open_input(audio, options.track) as file:
            stream = chosen.open(loaded, file.rate)
            downmix = downmix_of(profile_of(chosen.post), file.rate)
            pieces = [(downmix(block), stream.push(block)) for block in file.blocks()]
            note_warnings(file, options.strict)
        voice = np.concatenate([samples for samples, _ in pieces])
        weights = np.concatenate([*(frames for _, frames in pieces), stream.flush()])
        clip = Clip(weights, stream.names, stream.fps)
        title = "" if from_stdin else display_name(Path(audio).name)
        pictures.plot(clip, voice, stream.rate, path, title=title)
    note(target)
