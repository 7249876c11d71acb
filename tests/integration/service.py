"""``a2e serve --grpc`` as a process, for clients in other environments; standard library alone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

SEED = 7


def a2e(*arguments: object) -> list[str]:
    """The command line of ``a2e`` in its own environment."""
    return [os.environ.get("A2E", sys.executable), "-m", "a2e", *map(str, arguments)]


@contextmanager
def grpc_service() -> Iterator[str]:
    """The address of a service that is ready; its faces blink as those of ``SEED``."""
    command = a2e("serve", "--port", 0, "--grpc", 0, "--seed", SEED)
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        address, log = "", []
        for line in process.stderr:
            log.append(line)
            if found := re.search(r"gRPC on (\S+)", line):
                address = found[1]
            if "ready:" in line:
                break
        assert address, "".join(log)
        yield address
    finally:
        process.terminate()
        process.stderr.read()
        assert process.wait(30) == 0
