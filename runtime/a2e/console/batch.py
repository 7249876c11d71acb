"""Many audio files to a folder of animations."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from queue import SimpleQueue

from a2e.console.conversion import Conversion
from a2e.console.files import is_stdin, note
from a2e.console.workers import Worker, WorkerError, failure_of
from a2e.errors import A2EError, OptionError

Animate = Callable[[str, str], None]
"""Takes an audio file's name and the animation's."""


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

    def run(self, conversion: Conversion, jobs: int) -> None:
        """Animates all, ``jobs`` at a time: one in this process, others in one each.

        Raises :class:`A2EError` that lists what failed, when all are done.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OptionError(f"{self._folder} can't be a folder: {error.strerror}") from error
        failures = self._failures(conversion, min(jobs, len(self._outputs)))
        count = len(self._outputs)
        note(f"{self._folder}: {count - len(failures)} of {count} animated")
        if failures:
            lines = "".join(f"\n  {failures[name]}" for name in self._outputs if name in failures)
            raise A2EError(f"{len(failures)} of {count} inputs failed:{lines}")

    def _failures(self, conversion: Conversion, jobs: int) -> dict[str, str]:
        """Animates all; why inputs failed, by their names."""
        from tqdm import tqdm

        crew = Crew(conversion, jobs)
        failures: dict[str, str] = {}
        silent = True if sys.stderr is None else None
        with ThreadPoolExecutor(jobs) as pool:
            tasks = {
                pool.submit(crew.animate, audio, str(output)): audio
                for audio, output in self._outputs.items()
            }
            try:
                for task in tqdm(
                    as_completed(tasks), total=len(tasks), unit="file", disable=silent
                ):
                    failure = failure_of(task.exception())
                    if failure is not None:
                        failures[tasks[task]] = failure
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
                crew.end()
        return failures


class Crew:
    """This process and others beside it, each of which animates a file at a time."""

    def __init__(self, conversion: Conversion, size: int) -> None:
        self._conversion = conversion
        self._stopped = threading.Event()
        self._workers = [Worker(conversion) for _ in range(size - 1)]
        self._free: SimpleQueue[Animate] = SimpleQueue()
        for animate in (self._animate_here, *(worker.animate for worker in self._workers)):
            self._free.put(animate)

    def animate(self, audio: str, output: str) -> None:
        """Animates a file when somebody is free; raises :class:`A2EError` and OSError.

        A worker that ended by itself is not asked again.
        """
        animate = self._free.get()
        try:
            animate(audio, output)
        except WorkerError:
            raise
        except BaseException:
            self._free.put(animate)
            raise
        self._free.put(animate)

    def end(self) -> None:
        """Ends all that is under way; files that are not whole are gone then."""
        self._stopped.set()
        for worker in self._workers:
            worker.end()

    def _animate_here(self, audio: str, output: str) -> None:
        def check(samples: int, length: int | None) -> None:
            if self._stopped.is_set():
                raise InterruptedError

        check(0, None)
        self._conversion.run(audio, output, check)


def output_name(audio: str, format: str | None) -> str:
    """The animation's file name for an audio file's; raises :class:`OptionError`."""
    from a2e.formats import extension_of

    return (Path(audio).stem or "face") + extension_of(format or "bsdata")
