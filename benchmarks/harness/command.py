"""The command line of all scripts: one-line errors and common options."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from a2e.errors import A2EError
from benchmarks.harness.models import MODELS
from benchmarks.harness.system import BenchmarkError


def run(work: Callable[[argparse.Namespace], None], parser: argparse.ArgumentParser) -> None:
    """Parses the command line and works; a foreseen failure is one line and status 1."""
    arguments = parser.parse_args()
    try:
        work(arguments)
    except (A2EError, BenchmarkError, OSError) as error:
        sys.exit(f"{parser.prog}: error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def options(description: str | None, *, models: Sequence[str] = ()) -> argparse.ArgumentParser:
    """A parser; with ``models``, one with ``--models`` and these as its default."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    if models:
        parser.add_argument("--models", nargs="+", choices=MODELS, default=list(models))
    return parser


def positive(text: str) -> float:
    """An option that must be a number over 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if value <= 0:
        raise argparse.ArgumentTypeError(f"expected a number over 0; got {text!r}")
    return value


def count(text: str) -> int:
    """An option that must be a whole number over 0."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"expected a whole number over 0; got {text!r}")
    return int(text)
