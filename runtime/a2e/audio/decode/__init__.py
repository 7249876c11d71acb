"""The one decoder of audio files: a path, bytes, a pipe to float32 blocks.

``source`` (where bytes come from) -> ``kinds`` (what they are) -> ``pcm_files`` (raw samples),
``media`` (FFmpeg) or ``sound`` (libsndfile) -> ``blocks``. ``endings`` tells what broke off,
``checks``, ``tags`` and ``mp4_claims`` keep a file's claims from costing memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Protocol

from a2e.arrays import Floats
from a2e.audio.decode import kinds
from a2e.audio.decode.blocks import Unifier, blocks
from a2e.audio.decode.checks import check_file_rate, check_ogg_head
from a2e.audio.decode.kinds import Kind, kind_of, may_mean, refusal
from a2e.audio.decode.media import MediaFile, is_installed, preload, track_error
from a2e.audio.decode.mp4_claims import check_claims
from a2e.audio.decode.pcm_files import PcmFile, is_pcm
from a2e.audio.decode.sound import SoundFile, is_plain_ogg
from a2e.audio.decode.source import HEAD_BYTES, UNNAMED, AudioSource, Source, open_source
from a2e.audio.decode.tags import skip_flac_metadata, skip_id3
from a2e.audio.decode.warnings import AudioWarning, Warnings
from a2e.errors import AudioFileError

__all__ = ["UNNAMED", "AudioFile", "AudioSource", "AudioWarning", "open_audio", "preload"]

Piece = tuple[Floats, int]


class Decoder(Protocol):
    """A file that is being decoded."""

    @property
    def length(self) -> int | None:
        """Samples, where the file says so reliably."""

    def pieces(self) -> Iterator[Piece]:
        """Samples float32 [n, channels] and their rate in Hz."""


@dataclass(frozen=True)
class AudioFile:
    """An open audio file."""

    name: str
    """The file's name in messages."""
    rate: int
    """Sample rate, Hz."""
    channels: int
    """1 to 64."""
    length: int | None
    """Samples, where the file says so reliably: WAV, W64 and AU of raw samples. None for what is
    compressed: only decoding tells what joined and broken-off files, edit lists, gaps and the
    padding of encoders make of a header's count."""
    _pieces: Iterator[Piece] = field(repr=False)
    _warnings: Warnings = field(repr=False)

    @property
    def warnings(self) -> list[AudioWarning]:
        """What is not as it should be; complete after the last block."""
        return self._warnings.list

    def blocks(self) -> Iterator[Floats]:
        """The samples, float32 [n, channels], at most a second at a time; can be read once.

        Raises :class:`a2e.errors.AudioError`.
        """
        return blocks(self._unified(), self.rate)

    def _unified(self) -> Iterator[Floats]:
        unifier = Unifier(self.rate, self.channels)
        for samples, rate in self._pieces:
            yield from unifier.push(samples, rate)
        yield from unifier.finish()


@contextmanager
def open_audio(
    source: AudioSource, *, track: int | None = None, format: str | None = None
) -> Iterator[AudioFile]:
    """Opens an audio file, or a video's sound, at its native rate.

    ``source`` is a path, bytes, or a binary file object, which may be a pipe; the caller closes
    that one. ``track`` chooses an audio track, from 0. ``format`` is what somebody called the
    file: where it disagrees with the content, that is a warning. Raises
    :class:`a2e.errors.AudioError`, for what can't be read its :class:`a2e.errors.AudioFileError`,
    and :class:`a2e.errors.OptionError` for a track that the file doesn't have.
    """
    with open_source(source) as opened:
        warnings = Warnings(opened.name)
        with _open_decoder(opened, track, format, warnings) as decoder:
            yield _audio_file(decoder, opened, warnings)


def _open_decoder(source: Source, track: int | None, format: str | None, warnings: Warnings) -> Any:
    skip_id3(source)
    head = source.peek(HEAD_BYTES)
    if not head:
        raise AudioFileError(f"{source.name} is empty; give a file with sound in it", "empty")
    kind = kind_of(head)
    if kind is None:
        raise refusal(head, source.name)
    if format is not None and not may_mean(format, kind):
        warnings.add_mismatch(format, kind.name)
    if kind in kinds.HEADED and is_pcm(source, head):
        _check_single_track(track, source.name)
        return nullcontext(PcmFile(source, warnings))
    return closing(_compressed(source, kind, head, track, warnings))


def _compressed(
    source: Source, kind: Kind, head: bytes, track: int | None, warnings: Warnings
) -> MediaFile | SoundFile:
    if kind is kinds.OGG:
        check_ogg_head(head, source.name)
    if not kind.streamed:
        source.spool()
    prefix = skip_flac_metadata(source) if kind is kinds.FLAC else b""
    if kind is kinds.MP4:
        check_claims(source)
    if is_installed() and not (kind is kinds.OGG and _is_plain_vorbis(source, head)):
        return MediaFile(source, kind, track, prefix, warnings)
    _check_single_track(track, source.name)
    return SoundFile(source, kind, prefix, warnings)


def _is_plain_vorbis(source: Source, head: bytes) -> bool:
    """Whether libsndfile reads an Ogg file to the sample: FFmpeg loses the end of short ones."""
    if b"\x01vorbis" not in head[:512]:
        return False
    source.spool()
    return is_plain_ogg(source)


def _audio_file(decoder: Decoder, source: Source, warnings: Warnings) -> AudioFile:
    """The file's rate and channels are those of its first samples: headers may be mistaken."""
    pieces = decoder.pieces()
    first = next((piece for piece in pieces if len(piece[0])), None)
    if first is None:
        if warnings.list:
            what = "; ".join(warning.message for warning in warnings.list)
            raise AudioFileError(f"{what}: no sound is left", "no samples")
        raise AudioFileError(
            f"{source.name} holds no samples; give a file with sound", "no samples"
        )
    samples, rate = first
    rate = check_file_rate(rate, source.name)
    return AudioFile(
        source.name, rate, samples.shape[1], decoder.length, chain([first], pieces), warnings
    )


def _check_single_track(track: int | None, name: str) -> None:
    if track not in (None, 0):
        raise track_error(track or 0, 1, name)
