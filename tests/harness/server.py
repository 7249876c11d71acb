"""A real ``a2e serve`` process for tests and benchmarks, and the memory that it holds."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

import httpx

COMMAND = (sys.executable, "-c", "import sys; from a2e.console import main; sys.exit(main())")
"""The installed ``a2e``."""
START_SECONDS = 60


def probed(holds: Path) -> tuple[str, ...]:
    """The ``a2e`` that notes in a file how long its event loop is held up."""
    return (sys.executable, "-m", "tests.harness.probed", str(holds))


@dataclass
class Process:
    """A server that runs as people run it."""

    process: subprocess.Popen[str]
    url: str = ""
    log: list[str] = field(default_factory=list)
    """Lines of its standard error."""
    pid: int = 0
    """Of the server itself, which may be a container's."""

    def __post_init__(self) -> None:
        self.pid = self.pid or self.process.pid

    @property
    def live(self) -> str:
        return self.url.replace("http", "ws", 1) + "/ws/a2e"

    def memory(self) -> dict[str, float]:
        """Resident and anonymous memory, MB of 1,000,000 bytes."""
        lines = Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines()
        sizes = {line.split(":")[0]: int(line.split()[1]) for line in lines[1:]}
        return {
            "rss": round(sizes["Rss"] * 1024 / 1e6, 1),
            "anonymous": round(sizes["Anonymous"] * 1024 / 1e6, 1),
        }

    def begin_peak(self) -> float:
        """Resident memory, MB; the peak is counted from now."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")
        return self._status("VmRSS")

    def peak(self) -> float:
        """Most resident memory since ``begin_peak``, MB."""
        return self._status("VmHWM")

    def descriptors(self) -> int:
        """Open files and sockets."""
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))

    def _status(self, name: str) -> float:
        text = Path(f"/proc/{self.pid}/status").read_text()
        return round(int(text.partition(f"{name}:")[2].split()[0]) * 1024 / 1e6, 1)

    def wait(self, seconds: float = 30) -> int:
        """The exit status."""
        return self.process.wait(seconds)


@contextmanager
def server(
    options: Sequence[str] = (), *, command: Sequence[str] = COMMAND, port: int | None = 0
) -> Iterator[Process]:
    """``a2e serve`` on a free port, once its model is loaded; with None on the port it chooses."""
    place = [] if port is None else ["--port", str(port)]
    process = subprocess.Popen(
        [*command, "serve", *place, *options], stderr=subprocess.PIPE, text=True
    )
    served = Process(process)
    reader = Thread(target=_read, args=(served,), daemon=True)
    reader.start()
    try:
        _wait_until_ready(served)
        yield served
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        reader.join()


@contextmanager
def serving(port: int) -> Iterator[subprocess.Popen[str]]:
    """``a2e serve`` with the bundled model on a given port, once its model is loaded."""
    with server(["--port", str(port)]) as served:
        yield served.process


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _read(served: Process) -> None:
    assert served.process.stderr is not None
    for line in served.process.stderr:
        served.log.append(line.rstrip())
        if address := re.search(r"serving on (http://\S+)", line):
            served.url = address[1]


def _wait_until_ready(served: Process) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and served.process.poll() is None:
        try:
            if served.url and httpx.get(served.url + "/health").json()["engine_ready"]:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.02)
    raise RuntimeError("the server did not start: " + " | ".join(served.log))
