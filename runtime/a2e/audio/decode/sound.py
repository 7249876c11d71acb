"""Where PyAV is missing: what libsndfile reads rightly, and refusals that name the extra."""

from __future__ import annotations

from collections.abc import Iterator

from a2e.arrays import Floats
from a2e.audio.decode import kinds
from a2e.audio.decode.checks import check_channels
from a2e.audio.decode.endings import Ending, promised_frames
from a2e.audio.decode.kinds import Kind
from a2e.audio.decode.mpeg import mpeg_frame
from a2e.audio.decode.source import COPY_BYTES, HEAD_BYTES, Source
from a2e.audio.decode.warnings import Warnings
from a2e.errors import AudioFileError

READABLE = (kinds.FLAC, kinds.OGG, kinds.MP3, kinds.AIFF, kinds.CAF)
EXTRA = "media"
"""The extra with PyAV."""
BLOCK_VALUES = 1 << 16
MAX_MP3_FRAME = 1441
"""Bytes of the longest MP3 frame, and one."""
FLAC_START = b"fLaC\0\0\0\x22"


class SoundFile:
    """Decodes a file with libsndfile; raises :class:`AudioFileError`."""

    def __init__(self, source: Source, kind: Kind, prefix: bytes, warnings: Warnings) -> None:
        import soundfile

        if kind not in READABLE:
            raise missing_extra(source.name, "compressed WAV" if kind is kinds.WAV else kind.name)
        source.spool()
        self._name = source.name
        self._warnings = warnings
        _check_readable(source, kind)
        self._ending = Ending(source, kind, prefix)
        try:
            self._file = soundfile.SoundFile(source.view(prefix))
        except soundfile.LibsndfileError as error:
            raise AudioFileError(
                f"{source.name} can't be read as audio: it begins as {kind.name} and is damaged, "
                f"or needs a2e's extra {EXTRA!r} ({error.error_string})",
                error.error_string,
            ) from error
        check_channels(self._file.channels, source.name)
        self.length: int | None = None

    def close(self) -> None:
        self._file.close()

    def pieces(self) -> Iterator[tuple[Floats, int]]:
        """Samples float32 [n, channels] and their rate."""
        import soundfile

        size = BLOCK_VALUES // self._file.channels
        try:
            while len(samples := self._file.read(size, dtype="float32", always_2d=True)):
                self._ending.count(len(samples))
                yield samples, self._file.samplerate
        except soundfile.LibsndfileError:
            self._warnings.add("damaged", "damaged; what can be decoded was used")
            return
        if self._ending.is_broken():
            self._warnings.add("truncated", "broken off; what is there was used")


def is_plain_ogg(source: Source) -> bool:
    """Whether a seekable Ogg file is one whole stream, with its last page."""
    return _ogg_fault(source) is None and not Ending(source, kinds.OGG, b"").is_broken()


def missing_extra(name: str, what: str) -> AudioFileError:
    """For what only FFmpeg reads."""
    return AudioFileError(
        f"{name} can't be read here: {what} needs PyAV; install a2e with its extra {EXTRA!r}, or "
        "convert the file to wav",
        f"{what} needs the extra {EXTRA!r}",
    )


def _check_readable(source: Source, kind: Kind) -> None:
    """Raises :class:`AudioFileError` for what libsndfile reads wrong without a word."""
    fault = {kinds.MP3: _mp3_fault, kinds.OGG: _ogg_fault, kinds.FLAC: _flac_fault}.get(kind)
    what = fault and fault(source)
    if what:
        raise missing_extra(source.name, what)


def _mp3_fault(source: Source) -> str | None:
    """libsndfile believes a Xing header, and takes the first frame's bit rate for all others."""
    promise = promised_frames(source.peek(HEAD_BYTES))
    start, length = source.position(), source.remaining()
    place = count = 0
    bit_rates = set()
    with source.elsewhere() as read:
        while size := mpeg_frame(head := read(start + place, 4)):
            if place + size > length:
                break
            bit_rates.add(head[2] >> 4)
            place += size
            count += 1
        rest = read(start + place, 3)
    if rest and rest not in (b"TAG", b"APE") and length - place > MAX_MP3_FRAME:
        return "an MP3 of several parts"
    if promise is None:
        return "an MP3 whose bit rate varies without a header" if len(bit_rates) > 1 else None
    return None if count - 1 == promise[0] else "an MP3 that is not as long as its header says"


def _ogg_fault(source: Source) -> str | None:
    """libsndfile reads the first of chained streams."""
    place = source.position()
    begun = False
    with source.elsewhere() as read:
        while (head := read(place, 27))[:4] == b"OggS" and len(head) == 27:
            first = bool(head[5] & 2)
            if first and begun:
                return "a chained Ogg file"
            begun = begun or not first
            place += 27 + head[26] + sum(read(place + 27, head[26]))
    return None


def _flac_fault(source: Source) -> str | None:
    """libsndfile reads the first of joined files."""
    with source.elsewhere() as read:
        place, end = source.position(), source.position() + source.remaining()
        while place < end:
            if FLAC_START in read(place, COPY_BYTES + len(FLAC_START)):
                return "a FLAC file of several parts"
            place += COPY_BYTES
    return None
