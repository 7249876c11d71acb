"""Standard input and output where a command takes a file's name: ``-``."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from a2e.errors import AudioError
from a2e.files import standard_output

if TYPE_CHECKING:
    from a2e.audio.decode import AudioFile

STANDARD = "-"
STDIN_PATHS = (STANDARD, "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0")


def is_stdin(audio: str) -> bool:
    """Whether an input's name means standard input."""
    return audio in STDIN_PATHS


def check_stdin() -> None:
    """Raises :class:`AudioError` where the process has no standard input."""
    if sys.stdin is None:
        raise AudioError("standard input is closed; pipe audio into it")


def open_input(audio: str, track: int | None = None) -> AbstractContextManager[AudioFile]:
    """An audio file, or standard input as it comes for ``-``; raises :class:`AudioError`."""
    from a2e.audio.decode import open_audio

    if not is_stdin(audio):
        return open_audio(audio, track=track)
    check_stdin()
    return open_audio(sys.stdin.buffer, track=track)


@contextmanager
def output_path(output: str, extension: str) -> Iterator[Path]:
    """A path to write to; for ``-`` that of a draft, which goes to standard output when whole."""
    if output != STANDARD:
        yield Path(output)
        return
    target = standard_output()
    with TemporaryDirectory() as folder:
        draft = Path(folder) / f"output{extension}"
        yield draft
        with draft.open("rb") as whole:
            shutil.copyfileobj(whole, target)
        target.flush()


def note(message: str) -> None:
    """A line on standard error, where there is one."""
    if sys.stderr is not None:
        print(message, file=sys.stderr)


def note_warnings(file: AudioFile, strict: bool) -> None:
    """Tells a file's warnings; ``strict`` raises :class:`AudioError` for them instead."""
    if strict and file.warnings:
        raise AudioError("; ".join(warning.message for warning in file.warnings) + " (--strict)")
    for warning in file.warnings:
        note(f"a2e: warning: {warning.message}")
