"""``a2e stream``: raw samples on standard input to NDJSON, live."""

from __future__ import annotations

from typing import Annotated

import typer

from a2e.console.completion import complete_encoding
from a2e.console.files import STANDARD
from a2e.console.groups import grouped
from a2e.console.options import FaceGroup, ModelGroup
from a2e.console.raw_input import DEFAULT_ENCODING, check_whole, decoder_of, read_samples


@grouped
def stream(
    rate: Annotated[int, typer.Option(help="sample rate, Hz")],
    encoding: Annotated[
        str | None,
        typer.Option(
            help="of a sample: s16le, f32le, mulaw, …, as FFmpeg names them",
            autocompletion=complete_encoding,
            show_default=DEFAULT_ENCODING,
        ),
    ] = None,
    format: Annotated[
        str | None, typer.Option(hidden=True, autocompletion=complete_encoding)
    ] = None,
    channels: Annotated[int, typer.Option(help="interleaved")] = 1,
    output: Annotated[
        str, typer.Option("-o", "--output", help="where the NDJSON goes; - for stdout")
    ] = STANDARD,
    *,
    model: ModelGroup,
    face: FaceGroup,
) -> None:
    """Raw samples on stdin to NDJSON on stdout, live."""
    from a2e.audio.decode.pcm_files import Format
    from a2e.formats import open_writer

    encoding = encoding or format or DEFAULT_ENCODING
    decoder = decoder_of(encoding, channels)
    loaded = model.load()
    voice = face.face().open(loaded, rate)
    with open_writer(output, voice.names, voice.fps, "ndjson") as writer:
        for samples in read_samples(decoder, Format(encoding, channels, rate)):
            writer.write(voice.push(samples))
        writer.write(voice.flush())
    check_whole(decoder)
