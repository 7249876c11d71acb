"""``a2e stream``: raw samples on standard input to NDJSON, live."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from a2e.console.completion import complete_encoding
from a2e.console.files import STANDARD, check_stdin
from a2e.console.groups import grouped
from a2e.console.options import FaceGroup, ModelGroup
from a2e.errors import AudioError

READ_BYTES = 1 << 16


@grouped
def stream(
    rate: Annotated[int, typer.Option(help="sample rate, Hz")],
    format: Annotated[
        str,
        typer.Option(
            help="of a sample: s16le, f32le, …, as FFmpeg names them",
            autocompletion=complete_encoding,
        ),
    ] = "s16le",
    channels: Annotated[int, typer.Option(help="interleaved")] = 1,
    output: Annotated[
        str, typer.Option("-o", "--output", help="where the NDJSON goes; - for stdout")
    ] = STANDARD,
    *,
    model: ModelGroup,
    face: FaceGroup,
) -> None:
    """Raw samples on stdin to NDJSON on stdout, live."""
    from a2e.audio.pcm import ENCODINGS, PcmDecoder
    from a2e.formats import open_writer

    if format not in ENCODINGS:
        raise typer.BadParameter(
            f"expected one of {', '.join(ENCODINGS)}; got {format!r}", param_hint="--format"
        )
    decoder = PcmDecoder(format, channels)
    check_stdin()
    loaded = model.load()
    voice = face.face().open(loaded, rate)
    with open_writer(output, loaded.names, loaded.spec.fps, "ndjson") as writer:
        while data := os.read(sys.stdin.fileno(), READ_BYTES):
            writer.write(voice.push(decoder.push(data)))
        writer.write(voice.flush())
    if decoder.pending:
        raise AudioError(
            f"the input ended {decoder.pending} bytes into a sample of {decoder.frame_bytes}; all "
            "whole samples were used. Check --format and --channels"
        )
