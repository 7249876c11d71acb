"""The ``a2e-export`` program: a module for each command."""

from __future__ import annotations

from collections.abc import Sequence

from a2e.console.program import Command, complain, make_app, run
from a2e_export.console.convert import convert
from a2e_export.console.inspect import inspect
from a2e_export.console.verify import verify

PROGRAM = "a2e-export"

app = make_app("Converts LAM checkpoints to files that a2e streams.")
for command in (convert, verify, inspect):
    app.command(cls=Command)(command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit status: 0, 1 refused, 2 wrong usage, 130 interrupted."""
    try:
        return run(app, PROGRAM, arguments)
    except ModuleNotFoundError as error:
        return complain(
            PROGRAM, f"{error.name} is not installed; install a2e with its extra 'export'"
        )
