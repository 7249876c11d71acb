"""The image of ``make image`` with 256 MB and one CPU: what it holds, and that clients find it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.harness.container import IMAGE, command, contained, missing, podman
from tests.harness.server import Process

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or "nothing is missing")
A2E = os.environ.get("A2E", sys.executable)
MOST_MB = 150
KEY = "a-key-of-the-tests"
NAME = "a2e-test"


@pytest.fixture(scope="module")
def locked() -> Iterator[Process]:
    """A container whose clients must show a key."""
    with contained({"A2E_API_KEY": KEY}, name=NAME) as served:
        yield served


def python(program: str) -> subprocess.CompletedProcess[str]:
    """Runs a program inside the container."""
    return podman("exec", NAME, "/opt/a2e/bin/python", "-c", program)


def test_it_passes_the_tests_of_the_services_clients() -> None:
    """Frames over REST, WebSockets and motion data are the library's; faults are told."""
    with contained({"A2E_NO_AUTH": "1", "A2E_ALLOW_HOST": "localhost 127.0.0.1 [::1]"}) as served:
        url = served.url.replace("0.0.0.0", "127.0.0.1")
        tests = [A2E, "-m", "pytest", "-q", "tests/runtime/serve", "-p", "no:cacheprovider"]
        run = subprocess.run(
            tests, env=os.environ | {"A2E_SERVICE": url}, capture_output=True, text=True
        )
        assert run.returncode == 0, run.stdout[-4_000:]
        assert " passed" in run.stdout


def test_no_key_no_service() -> None:
    run = subprocess.run(command("a2e-no-key", {}), capture_output=True, text=True, timeout=60)
    assert run.returncode == 1
    assert "give --api-key (or A2E_API_KEY)" in run.stderr


def test_key_page_and_probes(locked: Process) -> None:
    for path in ("/", "/health", "/ready"):
        assert httpx.get(locked.url + path).status_code == 200
    assert httpx.get(locked.url + "/metrics").status_code == 401
    assert httpx.get(locked.url + "/metrics", headers={"X-API-Key": KEY}).status_code == 200


def test_docker_sees_its_health(locked: Process) -> None:
    assert podman("healthcheck", "run", NAME).returncode == 0


def test_it_may_write_nowhere_and_is_not_root(locked: Process) -> None:
    assert python("import os; print(os.getuid(), os.getgid())").stdout.split()[0] == "1000"
    for folder in ("/", "/opt/a2e", "/etc"):
        assert "Read-only" in python(f"open('{folder}/x', 'w')").stderr


def test_it_has_no_shell_and_no_packager(locked: Process) -> None:
    names = ("sh", "bash", "apt", "dpkg", "perl", "pip", "pip3")
    places = ("/bin", "/usr/bin", "/usr/sbin", "/opt/a2e/bin")
    program = f"import os; print([p for p in {places} for n in {names} if os.path.exists(p+'/'+n)])"
    assert python(program).stdout.strip() == "[]"
    assert "No module named" in python("import pip").stderr


def test_a_signal_lets_a_speech_end() -> None:
    with contained({"A2E_API_KEY": KEY, "A2E_DRAIN_SECONDS": "60"}) as served:
        with connect(served.live, additional_headers={"X-API-Key": KEY}) as speaker:
            speaker.send('{"type": "start", "rate": 16000}')
            speaker.recv(timeout=20)
            speaker.send(bytes(16_000))
            served.process.send_signal(signal.SIGTERM)
            speaker.send(bytes(16_000))
            speaker.send('{"type": "end"}')
            messages = []
            with pytest.raises(ConnectionClosed):
                while True:
                    messages.append(speaker.recv(timeout=20))
            assert '"frames":30' in next(text for text in messages if '"end"' in text)
            assert speaker.close_code == 1012
        assert served.wait() == 0


def test_its_size(tmp_path: Path) -> None:
    """As registries keep it, layers compressed with gzip."""
    assert podman("push", "--compress", IMAGE, f"dir:{tmp_path}").returncode == 0
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < MOST_MB * 1e6
