"""Opens audio files: any that libsndfile reads, a block at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from a2e.arrays import Floats
from a2e.audio.samples import check_rate
from a2e.errors import AudioError

if TYPE_CHECKING:
    import soundfile

BLOCK_SECONDS = 1


@dataclass(frozen=True)
class AudioFile:
    """An open audio file: rate in Hz, length in samples, and its blocks."""

    path: Path
    rate: int
    length: int
    file: soundfile.SoundFile

    def blocks(self) -> Iterator[Floats]:
        """The samples, float32 [n, channels], a second at a time; raises :class:`AudioError`."""
        import soundfile

        try:
            yield from self.file.blocks(self.rate * BLOCK_SECONDS, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            raise AudioError(f"{self.path} is damaged: {error}") from error


@contextmanager
def open_audio(path: str | Path) -> Iterator[AudioFile]:
    """Opens a wav, flac, ogg or mp3 file at its native rate; raises :class:`AudioError`."""
    import soundfile

    path = Path(path)
    if not path.exists():
        raise AudioError(f"there is no audio file at {path}")
    try:
        file = soundfile.SoundFile(path)
    except soundfile.LibsndfileError as error:
        raise AudioError(
            f"{path} can't be read as audio ({error}); give wav, flac, ogg or mp3"
        ) from error
    with file:
        try:
            rate = check_rate(file.samplerate)
        except AudioError as error:
            raise AudioError(f"{path} can't be used: {error}; resample it first") from error
        yield AudioFile(path, rate, file.frames, file)
