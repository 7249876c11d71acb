"""The ``a2e-export`` program: a module for each command, imported when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence

from a2e.console.program import complain, make_app, run

PROGRAM = "a2e-export"
COMMANDS = ("convert", "verify", "inspect")

app = make_app(
    "Converts LAM checkpoints to files that a2e streams.", "a2e_export.console", COMMANDS
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit status: 0, 1 refused, 2 wrong usage, 130 interrupted."""
    try:
        return run(app, PROGRAM, arguments)
    except ModuleNotFoundError as error:
        return complain(
            PROGRAM, f"{error.name} is not installed; install a2e with its extra 'export'"
        )
