"""What both command lines share: exit statuses, one-line errors, the facts of a model."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from a2e.errors import A2EError

if TYPE_CHECKING:
    from a2e.model import Model

INTERRUPTED = 130


def report(program: str, run: Callable[[], None]) -> int:
    """Runs ``run``; the exit status: 0, or 1 after one line on standard error.

    A termination signal unwinds the program like Ctrl-C, so that nothing half-written remains.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(INTERRUPTED))
    try:
        run()
    except A2EError as error:
        return _complain(program, str(error))
    except BrokenPipeError:  # the reader has gone
        _forget_output()
        return 1
    except OSError as error:  # the disk is full, for one
        _forget_output()
        return _complain(program, f"{error.filename or 'input or output'}: {error.strerror}")
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def _forget_output() -> None:
    """Drops what standard output can't take: Python would try once more at its end, and fail."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(program: str, message: str) -> int:
    print(f"{program}: error: {message}", file=sys.stderr)
    return 1


def describe(model: Model) -> str:
    """The facts of a model, a line each."""
    spec = model.spec
    held = (spec.hop + spec.lookahead) / spec.fps
    context = sum(tensor.nbytes for tensor in model.initial_context().values())
    facts = {
        "kind": spec.kind,
        "precision": spec.precision,
        "audio": f"{spec.sample_rate} Hz mono",
        "frames": f"{len(spec.shapes)} shapes at {spec.fps} a second",
        "hop": f"{spec.hop} frames",
        "lookahead": f"{spec.lookahead} frames",
        "latency": f"{1000 * held:.0f} ms before resampling and post-processing",
        "window": f"{spec.window} frames",
        "context": f"{context / 1024:.0f} KiB a stream",
        "styles": ", ".join(spec.styles),
        "default style": spec.styles[spec.default_style],
        "source": f"sha256 {spec.source_sha256}",
        "made with": ", ".join(f"{tool} {version}" for tool, version in spec.tools.items()),
        "shapes": ", ".join(spec.shapes),
    }
    width = max(map(len, facts))
    return "\n".join(f"{name:{width}}  {fact}" for name, fact in facts.items())
