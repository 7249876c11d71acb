"""``a2e-export inspect``: the facts of a model file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def inspect(model: Annotated[Path, typer.Argument(metavar="MODEL")]) -> None:
    """The facts of a model file."""
    from a2e.console.facts import describe
    from a2e.model import load

    print(describe(load(model)))
