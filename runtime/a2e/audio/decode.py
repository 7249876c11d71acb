"""Opens audio files: any that libsndfile reads, a block at a time."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from a2e.arrays import Floats
from a2e.audio.samples import check_rate
from a2e.errors import AudioError, AudioFileError

if TYPE_CHECKING:
    import soundfile

BLOCK_SECONDS = 1
UNNAMED = "the input"
"""A file object's name in messages."""


@dataclass(frozen=True)
class AudioWarning:
    """Something about a file that its listener should know."""

    code: str
    message: str


@dataclass(frozen=True)
class AudioFile:
    """An open audio file: rate in Hz, length in samples, and its blocks."""

    name: str
    """The file's name in messages."""
    rate: int
    length: int
    file: soundfile.SoundFile
    warnings: list[AudioWarning] = field(default_factory=list)

    def blocks(self) -> Iterator[Floats]:
        """The samples, float32 [n, channels], a second at a time.

        Raises :class:`a2e.errors.AudioFileError`.
        """
        import soundfile

        try:
            yield from self.file.blocks(self.rate * BLOCK_SECONDS, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            raise AudioFileError(f"{self.name} is damaged: {error}", error.error_string) from error


@contextmanager
def open_audio(
    source: str | Path | bytes | BinaryIO, *, track: int | None = None, format: str | None = None
) -> Iterator[AudioFile]:
    """Opens a wav, flac, ogg or mp3 file at its native rate.

    ``source`` is a path, or a binary file object that can seek; the caller closes that one. Raises
    :class:`a2e.errors.AudioError`, for what can't be read its :class:`a2e.errors.AudioFileError`.
    """
    import soundfile

    source = io.BytesIO(source) if isinstance(source, bytes) else source
    source = Path(source) if isinstance(source, str) else source
    name = str(source) if isinstance(source, Path) else UNNAMED
    if isinstance(source, Path) and not source.exists():
        raise AudioError(f"there is no audio file at {name}")
    try:
        file = soundfile.SoundFile(source)
    except soundfile.LibsndfileError as error:
        raise AudioFileError(
            f"{name} can't be read as audio ({error}); give wav, flac, ogg or mp3",
            error.error_string,
        ) from error
    with file:
        try:
            rate = check_rate(file.samplerate)
        except AudioError as error:
            raise AudioError(f"{name} can't be used: {error}; resample it first") from error
        yield AudioFile(name, rate, file.frames, file)
