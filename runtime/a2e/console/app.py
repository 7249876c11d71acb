"""The ``a2e`` program: a module for each command."""

from __future__ import annotations

from collections.abc import Sequence

from a2e.console.animate import animate
from a2e.console.inspect import inspect
from a2e.console.plot import plot
from a2e.console.program import Command, make_app, run
from a2e.console.serve import serve
from a2e.console.stream import stream

app = make_app("Turns speech into a moving face.")
for command in (animate, stream, plot, inspect, serve):
    app.command(cls=Command)(command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit status: 0, 1 refused, 2 wrong usage, 130 interrupted."""
    return run(app, "a2e", arguments)
