"""Opens audio files: any that libsndfile reads, a block at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from a2e.arrays import Floats
from a2e.audio.samples import check_rate
from a2e.errors import AudioError

if TYPE_CHECKING:
    import soundfile

BLOCK_SECONDS = 1


@dataclass(frozen=True)
class AudioFile:
    """An open audio file: rate in Hz, length in samples, and its blocks."""

    name: str
    rate: int
    length: int
    file: soundfile.SoundFile

    def blocks(self) -> Iterator[Floats]:
        """The samples, float32 [n, channels], a second at a time; raises :class:`AudioError`."""
        import soundfile

        try:
            yield from self.file.blocks(self.rate * BLOCK_SECONDS, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            raise AudioError(f"{self.name} is damaged: {error}") from error


@contextmanager
def open_audio(source: str | Path | BinaryIO) -> Iterator[AudioFile]:
    """Opens wav, flac, ogg or mp3 audio at its native rate; raises :class:`AudioError`.

    ``source`` is a file's path, or a file object that can seek.
    """
    import soundfile

    if isinstance(source, str | Path):
        name = str(source)
        if not Path(source).exists():
            raise AudioError(f"there is no audio file at {name}")
    else:
        name = "the input"
    try:
        file = soundfile.SoundFile(source)
    except soundfile.LibsndfileError as error:
        raise AudioError(
            f"{name} can't be read as audio ({error}); give wav, flac, ogg or mp3"
        ) from error
    with file:
        try:
            rate = check_rate(file.samplerate)
        except AudioError as error:
            raise AudioError(f"{name} can't be used: {error}; resample it first") from error
        yield AudioFile(name, rate, file.frames, file)
