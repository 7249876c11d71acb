"""The service's outputs: named by whoever starts it, chosen by clients by their names alone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence

from a2e.arrays import Floats
from a2e.errors import A2EError
from a2e.outputs.address import parse_named
from a2e.outputs.encoder import FrameFormat
from a2e.outputs.output import Output
from a2e.serve.refusals import RefusalError
from a2e.serve.wire import shorten

log = logging.getLogger("a2e.serve")

CLOSE_SECONDS = 0.5
"""How long the last frames may take when the service ends."""


class Outputs:
    """All outputs by their names; raises :class:`a2e.errors.OptionError` for those that can't be.

    ``texts`` are ``NAME=ADDRESS``. The log has names, never addresses.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._outputs: dict[str, Output] = {}
        for name, address in map(parse_named, texts):
            self._outputs[name] = Output(address, log.warning, f"output {name}")
        self._taken: set[str] = set()

    def feed(self, names: Sequence[str], format: FrameFormat) -> Voice:
        """The place of one voice at these outputs.

        Raises ``RefusalError`` for names that do not exist or are taken, and
        :class:`a2e.errors.OptionError` for frames that an output has no place for.
        """
        names = list(dict.fromkeys(names))
        for name in names:
            if name not in self._outputs:
                known = ", ".join(self._outputs) or "none; the service is started with --to"
                raise RefusalError(
                    "bad_request",
                    f"expected outputs of this service ({known}); got {shorten(name)}",
                )
            if name in self._taken:
                raise RefusalError(
                    "taken", f"another client's voice goes to the output {name}; end it first"
                )
        outputs = [self._outputs[name] for name in names]
        for output in outputs:
            output.check(format)
        self._taken.update(names)
        return Voice(outputs, format, lambda: self._taken.difference_update(names))

    def close(self) -> None:
        """Ends all; what still waits is dropped."""
        for name, output in self._outputs.items():
            output.cut()
            try:
                output.close(CLOSE_SECONDS)
            except (OSError, A2EError) as error:
                log.error("output %s: %s", name, type(error).__name__)


class Voice:
    """One client's voice at its outputs; no call waits."""

    def __init__(
        self, outputs: Sequence[Output], format: FrameFormat, give_up: Callable[[], None]
    ) -> None:
        self._outputs = outputs
        self._format = format
        self._give_up = give_up
        self._speech: int | None = None  # that goes out now

    def send(self, speech: int, frames: Floats) -> bool:
        """The next frames [n, names] of a speech; False where some found no room."""
        if self._speech is None and len(frames):
            self._speech = speech
            for output in self._outputs:
                output.begin(self._format, speech=speech)
        if self._speech is None:
            return True
        return not sum([output.put(frames) for output in self._outputs])

    def end(self) -> None:
        """The speech has all its frames, which go out at their times."""
        for output in self._outputs:
            output.end()
        self._speech = None

    def cut(self) -> None:
        """Drops what has not gone out."""
        for output in self._outputs:
            output.cut()
        self._speech = None

    def close(self) -> None:
        """Another may have the outputs; a speech that has not ended is cut short."""
        if self._speech is not None:
            self.cut()
        self._give_up()
