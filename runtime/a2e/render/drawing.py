"""The page's own face, run in V8: weights in, the commands of its drawing out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from a2e.data import find_web
from a2e.render.script import link

Tape: TypeAlias = list[float]
"""Commands as web/film/tape.js writes them."""


class Drawing:
    """The face of ``names`` at a width and a height in pixels."""

    def __init__(self, names: Sequence[str], width: int, height: int) -> None:
        from py_mini_racer import MiniRacer

        web = find_web()
        self._engine: Any = MiniRacer()
        self._engine.eval(link(web / "film" / "film.js", web))
        self.commands: list[str] = self._list("COMMANDS")
        """Names of the commands, by their numbers."""
        self.segments: list[str] = self._list("SEGMENTS")
        """Names of a path's segments, by their numbers."""
        arguments = f"{width}, {height}, {json.dumps(list(names))}"
        self._engine.eval(f'const film = modules["film/film.js"].open({arguments}); 0')
        self._weights = self._shared("film.weights")
        self._sway = self._shared("film.sway")
        self._numbers = self._shared("film.numbers()")

    def draw(self, weights: NDArray[Any], sway: Sequence[float] = (0, 0, 0)) -> Tape:
        """The commands that draw weights [names], and how the head is held (see ``Sway`` in
        web/face/face.js). The first ones also make the canvases."""
        self._weights[:] = weights
        self._sway[:] = sway
        length = self._engine.eval("film.draw()")
        if length > len(self._numbers):
            self._numbers = self._shared("film.numbers()")
        tape: Tape = self._numbers[:length].tolist()
        return tape

    def close(self) -> None:
        """Ends the engine."""
        del self._weights, self._sway, self._numbers  # they are the engine's memory
        self._engine.close()

    def _shared(self, array: str) -> NDArray[np.float64]:
        """An array of the engine's own memory."""
        return np.frombuffer(self._engine.eval(array), np.float64)

    def _list(self, name: str) -> list[str]:
        text = self._engine.eval(f'JSON.stringify(modules["film/tape.js"].{name})')
        names: list[str] = json.loads(text)
        return names
