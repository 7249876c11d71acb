"""``a2e serve`` as a process, for clients in other environments; standard library alone."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

SEED = 7


def a2e(*arguments: object) -> list[str]:
    """The command line of ``a2e`` in its own environment."""
    return [os.environ.get("A2E", sys.executable), "-m", "a2e", *map(str, arguments)]


@dataclass
class Service:
    """Where a service can be reached."""

    live: str = ""
    """Its ``/ws/a2e``."""
    grpc: str = ""
    kill: Callable[[], None] = lambda: None
    """Ends it as a crash does."""


@contextmanager
def service(*options: object) -> Iterator[Service]:
    """A service that is ready; its faces blink as those of ``SEED``."""
    command = a2e("serve", "--port", 0, "--seed", SEED, *options)
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    found, log = Service(kill=process.kill), []
    try:
        for line in process.stderr:
            log.append(line)
            if address := re.search(r"serving on http(://\S+)", line):
                found.live = f"ws{address[1]}/ws/a2e"
            if address := re.search(r"gRPC on (\S+)", line):
                found.grpc = address[1]
            if "ready:" in line:
                break
        assert found.live, "".join(log)
        yield found
    finally:
        process.terminate()
        process.stderr.read()
        assert process.wait(30) in (0, -signal.SIGKILL)
