"""A command line program: its app, its help, one-line errors and exit statuses."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from a2e.errors import A2EError

REFUSED = 1
"""Exit status: what was asked for can't be done. Usage errors have typer's own: 2."""
INTERRUPTED = 130
"""Exit status after Ctrl-C or a termination signal."""


SETTINGS: dict[str, Any] = {
    "rich_markup_mode": None,
    "pretty_exceptions_enable": False,
    "context_settings": {"help_option_names": ["-h", "--help"]},
}


class Command(TyperCommand):
    """A command with a section of ``--help`` for each group of options.

    Plain text: rich, which typer would show them with, takes longer to load than all the rest.
    """

    def format_options(self, ctx: Any, formatter: Any) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                kind = f"{parameter.param_type_name}s".capitalize()
                title = getattr(parameter, "rich_help_panel", None) or kind
                sections.setdefault(title, []).append(record)
        for title, records in sections.items():
            with formatter.section(title):
                formatter.write_dl(records)


def make_app(help: str, package: str, names: Sequence[str]) -> typer.Typer:
    """A program of commands that are imported when they are asked for.

    Each is the function of its name in the module of its name in ``package``.
    """

    class Program(TyperGroup):
        def list_commands(self, ctx: Any) -> list[str]:
            return list(names)

        def get_command(self, ctx: Any, cmd_name: str) -> Any:
            return load_command(package, cmd_name) if cmd_name in names else None

    app = typer.Typer(cls=Program, help=help, **SETTINGS)
    app.callback()(lambda: None)  # without one typer takes a program for a single command
    return app


@cache
def load_command(package: str, name: str) -> Any:
    app = typer.Typer(add_completion=False, **SETTINGS)
    app.command(name, cls=Command)(getattr(import_module(f"{package}.{name}"), name))
    return get_command(app)


def run(app: typer.Typer, program: str, arguments: Sequence[str] | None) -> int:
    """Runs one command; the exit status: 0, or another after one line on standard error.

    A termination signal unwinds the program like Ctrl-C, so that nothing half-written remains.
    """
    command = get_command(app)
    try:
        with terminable():
            status = command.main(args=arguments, prog_name=program, standalone_mode=False)
            if sys.stdout is not None:
                sys.stdout.flush()
    except typer.TyperException as error:
        return complain(program, _usage(error), error.exit_code)
    except A2EError as error:
        return complain(program, str(error))
    except BrokenPipeError:  # the reader has gone
        _forget_output()
        return REFUSED
    except OSError as error:  # the disk is full, for one
        _forget_output()
        return complain(program, f"{error.filename or 'input or output'}: {error.strerror}")
    except SystemExit as stop:  # typer ends so when a reader has gone, or after a completion
        _forget_output()
        return stop.code if isinstance(stop.code, int) else REFUSED
    except KeyboardInterrupt:
        return INTERRUPTED
    return status or 0


@contextmanager
def terminable() -> Iterator[None]:
    """SIGTERM raises SystemExit within; afterwards its handler is the one from before.

    Only a process's main thread can have it so.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(INTERRUPTED))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL if before is None else before)


def _usage(error: typer.TyperException) -> str:
    context = getattr(error, "ctx", None)
    message = error.format_message().rstrip(".")
    message = message[:1].lower() + message[1:]
    usage = context.get_usage().replace("Usage", "; usage", 1) if context else ""
    return " ".join(f"{message}{usage}".split())


def _forget_output() -> None:
    """Drops what standard output can't take: Python would try once more at its end, and fail."""
    output = sys.__stdout__
    if output is None:
        return
    try:
        output.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), output.fileno())


def complain(program: str, message: str, status: int = REFUSED) -> int:
    """Says what is wrong in one line; returns ``status``."""
    if sys.stderr is not None:
        print(f"{program}: error: {message}", file=sys.stderr)
    return status
