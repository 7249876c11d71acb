"""Standard input and output where a command takes a file's name: ``-``."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from a2e.errors import AudioError

if TYPE_CHECKING:
    from a2e.audio.decode import AudioFile

STANDARD = "-"


def check_stdin() -> None:
    """Raises :class:`AudioError` where the process has no standard input."""
    if sys.stdin is None:
        raise AudioError("standard input is closed; pipe audio into it")


def open_input(audio: str) -> AbstractContextManager[AudioFile]:
    """An audio file, or all of standard input for ``-``; raises :class:`AudioError`."""
    from a2e.audio.decode import open_audio

    if audio != STANDARD:
        return open_audio(audio)
    check_stdin()
    return open_audio(io.BytesIO(sys.stdin.buffer.read()))


@contextmanager
def output_path(output: str, extension: str) -> Iterator[Path]:
    """A path to write to; for ``-`` that of a draft, which goes to standard output when whole."""
    if output != STANDARD:
        yield Path(output)
        return
    with TemporaryDirectory() as folder:
        draft = Path(folder) / f"output{extension}"
        yield draft
        sys.stdout.buffer.write(draft.read_bytes())
        sys.stdout.buffer.flush()
