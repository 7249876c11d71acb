"""``a2e stream``: raw samples on standard input to NDJSON, live."""

from __future__ import annotations

from typing import Annotated

import typer

from a2e.console.completion import complete_encoding
from a2e.console.files import STANDARD
from a2e.console.groups import grouped
from a2e.console.options import FaceGroup, ModelGroup
from a2e.console.raw_input import DEFAULT_ENCODING, check_whole, decoder_of, read_samples


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
