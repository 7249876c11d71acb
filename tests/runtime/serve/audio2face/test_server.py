"""``a2e serve --grpc`` as a process: what it tells, and what it can't serve."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys

import pytest

from tests.harness.server import COMMAND, server

WITHOUT = (
    sys.executable,
    "-c",
    "import sys; sys.modules['grpc'] = None; from a2e.console import main; sys.exit(main())",
)
"""The ``a2e`` of somebody who hasn't installed gRPC."""


def refused(command: tuple[str, ...], *options: str) -> str:
    """The one line that a service says which can't start."""
    found = subprocess.run(
        [*command, "serve", "--port", "0", *options], capture_output=True, text=True, timeout=60
    )
    assert found.returncode == 1
    assert "Traceback" not in found.stderr
    return found.stderr


def test_without_grpc_it_names_the_extra() -> None:
    assert "--grpc needs grpc; install a2e with its extra 'grpc'" in refused(WITHOUT, "--grpc", "0")


def test_a_port_that_cannot_be() -> None:
    assert "grpc must be 0 to 65535; got 70000" in refused(COMMAND, "--grpc", "70000")


def test_a_port_in_use() -> None:
    pytest.importorskip("grpc_health", reason="gRPC needs the extra 'grpc'")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = refused(COMMAND, "--grpc", str(port))
    assert f"can't listen on 127.0.0.1:{port} for gRPC; give another --host or --grpc" in told


def test_it_tells_its_address_and_stops_at_once() -> None:
    pytest.importorskip("grpc_health", reason="gRPC needs the extra 'grpc'")
    with server(["--grpc", "0"]) as served:
        assert re.search(r"gRPC on 127\.0\.0\.1:\d+", "\n".join(served.log))
        served.process.send_signal(signal.SIGTERM)
        assert served.wait(8) == 0
