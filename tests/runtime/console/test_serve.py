"""``a2e serve``: where its options come from, and what beats what."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import fields

import httpx
import pytest

from a2e.console.serve import serve
from a2e.serve import Limits, Settings
from tests.harness.server import COMMAND, free_port, server
from tests.runtime.console.conftest import A2E

PARSE = """
import sys
from a2e.console.program import load_command
command = load_command("a2e.console", "serve")
with command.make_context("serve", sys.argv[1:]) as context:
    print({name: context.params[name] for name in %r})
"""


def parsed(*names: str, options: tuple[str, ...] = (), **environment: str) -> dict[str, object]:
    """Options as the command gets them, in an environment of its own."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("A2E_")}
    clean.pop("PORT", None)
    run = subprocess.run(
        [sys.executable, "-c", PARSE % (names,), *options],
        env=clean | environment,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    found: dict[str, object] = eval(run.stdout)
    return found


def test_every_option_has_its_variable() -> None:
    """A2E_ and the flag's name."""
    run = subprocess.run([*A2E, "serve", "--help"], capture_output=True, text=True, check=True)
    text = " ".join(run.stdout.split())
    for field in (*fields(Settings), *fields(Limits)):
        if "help" in field.metadata:
            flag = field.metadata.get("flag", "--" + field.name.replace("_", "-"))
            variable = "A2E_" + flag[2:].replace("-", "_").upper()
            assert f"[env var: {variable}" in text or f"env var: {variable}" in text, variable
    assert "A2E_PORT, PORT" in text
    assert "A2E_STYLE" in text
    assert serve.__doc__


@pytest.mark.parametrize(
    ("options", "environment", "port"),
    [
        ((), {}, 8000),
        ((), {"PORT": "9000"}, 9000),
        ((), {"A2E_PORT": "9001", "PORT": "9000"}, 9001),
        (("--port", "9002"), {"A2E_PORT": "9001", "PORT": "9000"}, 9002),
        ((), {"A2E_PORT": "", "PORT": ""}, 8000),
        # Kubernetes, beside a service that is called a2e
        ((), {"A2E_PORT": "tcp://10.43.0.17:8000"}, 8000),
        ((), {"A2E_PORT": "tcp://10.43.0.17:8000", "PORT": "9000"}, 9000),
    ],
)
def test_the_port(options: tuple[str, ...], environment: dict[str, str], port: int) -> None:
    assert parsed("port", options=options, **environment) == {"port": port}


def test_all_kinds_of_options() -> None:
    names = ("host", "no_auth", "max_streams", "keep_alive", "proxies", "cors_origins", "style")
    environment = {
        "A2E_HOST": "0.0.0.0",
        "A2E_NO_AUTH": "1",
        "A2E_MAX_STREAMS": "7",
        "A2E_KEEP_ALIVE": "2.5",
        "A2E_PROXY": "10.0.0.1 10.0.0.2",
        "A2E_CORS_ORIGIN": "http://a",
        "A2E_STYLE": "1",
    }
    options = ("--max-streams", "9", "--cors-origin", "http://b")
    assert parsed(*names, options=options, **environment) == {
        "host": "0.0.0.0",
        "no_auth": True,
        "max_streams": 9,
        "keep_alive": 2.5,
        "proxies": ("10.0.0.1", "10.0.0.2"),
        "cors_origins": ("http://b",),
        "style": "1",
    }


def test_a_mistake_names_its_variable() -> None:
    run = subprocess.run(
        [*COMMAND, "serve"],
        env=os.environ | {"A2E_MAX_STREAMS": "many"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 2
    assert "A2E_MAX_STREAMS" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.slow
def test_a_service_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setenv("PORT", str(port))
    monkeypatch.setenv("A2E_API_KEY", "k")
    monkeypatch.setenv("A2E_ROOT_PATH", "/a2e")
    with server(port=None) as served:
        assert served.url == f"http://127.0.0.1:{port}"
        assert httpx.get(served.url + "/a2e/metrics").status_code == 401
        answer = httpx.get(served.url + "/a2e/metrics", headers={"X-API-Key": "k"})
        assert answer.status_code == 200
