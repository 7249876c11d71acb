"""Many audio files to a folder of animations."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path

from a2e.console.conversion import Conversion
from a2e.console.files import is_stdin, note
from a2e.errors import A2EError, OptionError


class Batch:
    """Inputs with an output each; raises :class:`OptionError` where two would be one."""

    def __init__(self, inputs: Sequence[str], folder: Path, format: str | None) -> None:
        self._outputs: dict[str, Path] = {}
        self._folder = folder
        owners: dict[str, str] = {}
        for audio in inputs:
            if is_stdin(audio):
                raise OptionError("standard input can't be one of several inputs; give it alone")
            output = folder / output_name(audio, format)
            owner = owners.setdefault(os.path.normcase(output), audio)
            if audio in self._outputs or owner != audio:
                raise OptionError(
                    f"{owner} and {audio} would both become {output}; rename one of them, or give "
                    "them in two calls with two folders"
                )
            self._outputs[audio] = output
        self._stopped = threading.Event()

    def run(self, conversion: Conversion, jobs: int) -> None:
        """Animates all; raises :class:`A2EError` that lists what failed, when all are done."""
        from tqdm import tqdm

        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OptionError(f"{self._folder} can't be a folder: {error.strerror}") from error
        failures: dict[str, str] = {}
        silent = True if sys.stderr is None else None
        with ThreadPoolExecutor(jobs) as pool:
            tasks = {
                pool.submit(self._animate, conversion, audio, output): audio
                for audio, output in self._outputs.items()
            }
            try:
                for task in tqdm(
                    as_completed(tasks), total=len(tasks), unit="file", disable=silent
                ):
                    failure = _failure(task)
                    if failure is not None:
                        failures[tasks[task]] = failure
            except BaseException:
                self._stopped.set()
                pool.shutdown(cancel_futures=True)
                raise
        note(f"{self._folder}: {len(tasks) - len(failures)} of {len(tasks)} animated")
        if failures:
            lines = "".join(f"\n  {failures[name]}" for name in self._outputs if name in failures)
            raise A2EError(f"{len(failures)} of {len(tasks)} inputs failed:{lines}")

    def _animate(self, conversion: Conversion, audio: str, output: Path) -> None:
        def check(samples: int, length: int | None) -> None:
            if self._stopped.is_set():
                raise InterruptedError

        check(0, None)
        conversion.run(audio, str(output), check)


def output_name(audio: str, format: str | None) -> str:
    """The animation's file name for an audio file's; raises :class:`OptionError`."""
    from a2e.formats import extension_of

    return (Path(audio).stem or "face") + extension_of(format or "bsdata")


def _failure(task: Future[None]) -> str | None:
    """Why a task failed; None if it didn't."""
    error = task.exception()
    if error is None:
        return None
    if isinstance(error, A2EError):
        return str(error)
    if isinstance(error, OSError):
        return f"{error.filename or 'input or output'}: {error.strerror}"
    raise error
