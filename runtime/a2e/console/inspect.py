"""``a2e inspect``: the facts of a model file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def inspect(
    model: Annotated[
        Path | None, typer.Argument(metavar="MODEL", help="default: the bundled one")
    ] = None,
) -> None:
    """The facts of a model file."""
    from a2e.console.facts import describe
    from a2e.files import standard_output
    from a2e.model import load

    standard_output()
    print(describe(load(model)))
