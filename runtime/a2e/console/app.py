"""The ``a2e`` program: a module for each command, imported when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence

from a2e.console.program import make_app, run

COMMANDS = ("animate", "stream", "live", "plot", "render", "inspect", "serve")

app = make_app("Turns speech into a moving face.", "a2e.console", COMMANDS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit status: 0, 1 refused, 2 wrong usage, 130 interrupted."""
    return run(app, "a2e", arguments)
