"""Raw samples on standard input, which may turn out to be a file."""

from __future__ import annotations

import io
import select
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import typer

from a2e.console.files import check_stdin
from a2e.errors import AudioError

if TYPE_CHECKING:
    from a2e.audio.decode.pcm_files import Format
    from a2e.audio.decode.source import Source
    from a2e.audio.pcm import PcmDecoder

READ_BYTES = 1 << 16
HEAD_BYTES = 16
MPEG_BYTES = 1 << 12
"""Bytes that show whether what looks like an MPEG frame is followed by more."""
DEFAULT_ENCODING = "s16le"


def decoder_of(encoding: str, channels: int) -> PcmDecoder:
    """Raises :class:`typer.BadParameter` for an encoding that does not exist."""
    from a2e.audio.pcm import ENCODINGS, PcmDecoder

    if encoding not in ENCODINGS:
        raise typer.BadParameter(
            f"expected one of {', '.join(ENCODINGS)}; got {encoding!r}", param_hint="--encoding"
        )
    check_stdin()
    return PcmDecoder(encoding, channels)


def read_samples(decoder: PcmDecoder, options: Format) -> Iterator[Any]:
    """Raw samples, or those of a WAV file that is as the options say, as they come.

    Raises :class:`a2e.errors.AudioError`.
    """
    from a2e.audio.decode.source import UNNAMED, Source

    with io.FileIO(sys.stdin.fileno(), closefd=False) as stdin:
        yield from _samples(Source(stdin, UNNAMED), decoder, options)


def is_ready() -> bool:
    """Whether standard input has something, or has ended."""
    return bool(select.select([sys.stdin.fileno()], [], [], 0)[0])


def check_whole(decoder: PcmDecoder) -> None:
    """Raises :class:`a2e.errors.AudioError` where the input ended within a sample."""
    if decoder.pending:
        raise AudioError(
            f"the input ended {decoder.pending} bytes into a sample of {decoder.frame_bytes}; all "
            "whole samples were used. Check --encoding and --channels"
        )


def _samples(source: Source, decoder: PcmDecoder, options: Format) -> Iterator[Any]:
    """Raw samples, or those of a WAV file that is as the options say; raises ``AudioError``."""
    from a2e.audio.decode import kinds
    from a2e.audio.decode.pcm_files import PcmFile
    from a2e.audio.decode.warnings import Warnings

    kind = _kind(source)
    if kind is None:
        while data := source.read(READ_BYTES):
            yield decoder.push(data)
        return
    advice = f"the input is {kind.name}, not raw samples: use a2e animate -"
    if kind not in kinds.HEADED:
        raise AudioError(advice)
    file = PcmFile(source, Warnings(source.name))
    if file.format != options:
        format = file.format
        raise AudioError(
            f"{advice}, or the options of its header: --rate {format.rate} --encoding "
            f"{format.encoding} --channels {format.channels}"
        )
    for samples, rate in file.pieces():
        if rate != options.rate or samples.shape[1] != options.channels:
            raise AudioError("the input goes on with another rate or number of channels")
        yield samples


def _kind(source: Source) -> Any:
    """The container that the input begins with, None for raw samples."""
    from a2e.audio.decode.kinds import MP3, kind_of
    from a2e.audio.decode.mpeg import adts_frame, mpeg_frame

    head = source.peek(HEAD_BYTES)
    if head[:3] == b"ID3":
        return MP3
    if mpeg_frame(head) or adts_frame(head):
        head = source.peek(MPEG_BYTES)
    return kind_of(head)
