"""Processes beside this one that animate files.

``python -m a2e.console.workers`` reads pickles from standard input, first a conversion, then
(input, output) pairs, and answers each with a pickle on standard output: None, or why it failed.
It ends when its input does, so none is left behind.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from contextlib import suppress
from functools import partial
from typing import IO, TYPE_CHECKING, Any

from a2e.errors import A2EError

if TYPE_CHECKING:
    from a2e.console.conversion import Conversion

if sys.platform == "win32":
    ALONE: dict[str, Any] = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
else:
    ALONE: dict[str, Any] = {"start_new_session": True}
"""Ctrl-C reaches whoever started a worker, who then ends it."""


class Worker:
    """A process that animates one file at a time."""

    def __init__(self, conversion: Conversion) -> None:
        command = [sys.executable, "-m", "a2e.console.workers"]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        self._process: subprocess.Popen[bytes] = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, **ALONE
        )
        self._input, self._output = _pipes(self._process)
        self._conversion = conversion
        self._started = False

    def animate(self, audio: str, output: str) -> None:
        """Animates a file; raises :class:`A2EError`, for a process that ended too."""
        try:
            if not self._started:
                pickle.dump(self._conversion, self._input)
                self._started = True
            pickle.dump((audio, output), self._input)
            self._input.flush()
            failure: str | None = pickle.load(self._output)
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            status = self._process.wait()
            raise WorkerError(f"{audio}: its process ended (status {status})") from error
        if failure is not None:
            raise A2EError(failure)

    def end(self) -> None:
        """Ends the process, in the middle of a file if need be, of which nothing then remains."""
        self._process.terminate()
        self._process.wait()
        for pipe in (self._input, self._output):
            with suppress(OSError):  # what it did not take
                pipe.close()


class WorkerError(A2EError):
    """A worker that ended by itself."""


def failure_of(error: BaseException | None) -> str | None:
    """Why a file was not animated, in a line; None if it was. Raises what is no such reason."""
    if error is None:
        return None
    if isinstance(error, A2EError):
        return str(error)
    if isinstance(error, OSError):
        return f"{error.filename or 'input or output'}: {error.strerror}"
    raise error


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Animates what is asked for, until the requests end."""
    received = iter(partial(_next, requests), None)
    conversion: Conversion | None = next(received, None)
    for audio, output in received:
        assert conversion is not None
        failure = None
        try:
            conversion.run(audio, output, lambda samples, length: None)
        except (A2EError, OSError) as error:
            failure = failure_of(error)
        pickle.dump(failure, answers)
        answers.flush()


def _next(requests: IO[bytes]) -> Any:
    """The next pickle; None at the end."""
    try:
        return pickle.load(requests)
    except (EOFError, pickle.UnpicklingError):
        return None


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout


def main() -> None:
    """The worker's process."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    answers, sys.stdout = sys.stdout.buffer, sys.stderr  # what is printed gets not among them
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
