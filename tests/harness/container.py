"""A real ``a2e serve`` in a container of ``make image``, under the limits of a small machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from tests.harness.server import Process, free_port, server

IMAGE = os.environ.get("IMAGE", "localhost/a2e:latest")
MEMORY_MB = 256
LIMITS = (
    *("--runtime", "runc", "--network", "host", "--read-only", "--user", "1000"),
    *("--memory", f"{MEMORY_MB}m", "--cpus", "1"),
    *("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"),
)


def missing() -> str:
    """What is missing to run the image; empty where nothing is."""
    if shutil.which("podman") is None:
        return "podman is missing; apt-get install podman runc"
    if subprocess.run(["podman", "image", "exists", IMAGE]).returncode:
        return f"there is no {IMAGE}; make image builds it"
    return ""


def podman(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["podman", *arguments], capture_output=True, text=True)


def command(name: str, environment: Mapping[str, str]) -> list[str]:
    """The command line that runs ``a2e`` in a container of this name."""
    variables = [f"--env={key}={value}" for key, value in environment.items()]
    return ["podman", "run", "--rm", "--name", name, *LIMITS, *variables, IMAGE]


@contextmanager
def contained(
    environment: Mapping[str, str], options: Sequence[str] = (), name: str = ""
) -> Iterator[Process]:
    """The service in a container, once its model is loaded; ``PORT`` tells it a free port."""
    name = name or f"a2e-{os.getpid()}-{free_port()}"
    told = {"PORT": str(free_port()), **environment}
    try:
        with server(options, command=command(name, told), port=None) as served:
            served.pid = int(podman("inspect", "--format", "{{.State.Pid}}", name).stdout)
            yield served
    finally:
        podman("rm", "--force", "--ignore", "--time", "0", name)
