"""Who may come in, and what of the page is served how."""

from __future__ import annotations

import json
from contextlib import suppress

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

import a2e
from a2e.data import SPEECH
from a2e.serve import Limits, Settings
from tests.runtime.serve.conftest import HTTP, Served, serving

KEY = "open/sesame+42"


@pytest.fixture(scope="module")
def locked():
    with serving(api_key=KEY, cors_origins=("https://page.example",)) as served:
        yield served


def first_answer(url: str, *messages: dict, **options: object) -> dict:
    with connect(url, **options) as connection:
        with suppress(ConnectionClosed):  # a refusal can come before anything is said
            for message in messages:
                connection.send(json.dumps(message))
        return json.loads(connection.recv(timeout=5))


START = {"type": "start", "rate": 24_000}


@pytest.mark.parametrize(
    "headers",
    [{"Authorization": f"Bearer {KEY}"}, {"authorization": f"bearer  {KEY}"}, {"X-API-Key": KEY}],
)
def test_keys_in_headers(locked: Served, headers: dict) -> None:
    assert HTTP.get(locked.url + "/metrics", headers=headers).status_code == 200
    answer = HTTP.post(locked.url + "/api/audio2expression", headers=headers, json={})
    assert answer.status_code == 400


def test_keys_of_browsers(locked: Served) -> None:
    """Which can set no headers on WebSockets."""
    auth = {"type": "auth", "key": KEY}
    assert first_answer(locked.live, auth, START)["type"] == "ready"
    assert first_answer(f"{locked.live}?key=open/sesame%2B42", START)["type"] == "ready"
    assert first_answer(f"{locked.live}?key=open/sesame%2B42", auth, START)["type"] == "ready"
    with connect(locked.motion("x") + "?key=open/sesame%2B42") as renderer:
        assert renderer.recv()[:4] == b"JBIN"


@pytest.mark.parametrize("messages", [[START], [{"type": "auth", "key": "guess"}, START]])
def test_no_key_no_stream(locked: Served, messages: list) -> None:
    answer = first_answer(locked.live, *messages)
    assert answer["code"] == "bad_key"
    assert KEY not in answer["message"]
    with connect(locked.motion("x")) as renderer, pytest.raises(ConnectionClosed) as closed:
        renderer.recv(timeout=5)
    assert closed.value.rcvd.code == 1008


def test_what_needs_no_key(locked: Served) -> None:
    for path in ("/health", "/openapi.json"):
        assert HTTP.get(locked.url + path).status_code == 200
    for path in ("/metrics", "/metrics?key=open/sesame%2B42"):
        assert HTTP.get(locked.url + path).status_code == 401


def test_origins(locked: Served) -> None:
    auth = {"type": "auth", "key": KEY}
    for origin in ("https://page.example", locked.url):
        assert first_answer(locked.live, auth, START, origin=origin)["type"] == "ready"
    answer = first_answer(locked.live, auth, START, origin="https://other.example")
    assert answer["code"] == "bad_origin"


def test_cors(locked: Served) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key"}
    url = locked.url + "/api/audio2expression"
    allowed = HTTP.options(url, headers={"Origin": "https://page.example"} | asked)
    assert allowed.headers["access-control-allow-origin"] == "https://page.example"
    other = HTTP.options(url, headers={"Origin": "https://other.example"} | asked)
    assert "access-control-allow-origin" not in other.headers


@pytest.mark.parametrize("path", ["/", "/page/", "/page/index.html", "/player.js"])
def test_the_page(served: Served, path: str) -> None:
    answer = HTTP.get(served.url + path)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "script-src 'self'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/speech.flac", "/page/speech.flac"])
def test_the_sample(served: Served, path: str) -> None:
    answer = HTTP.get(served.url + path)
    assert answer.content == SPEECH.read_bytes()
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/page/../service.py", "/page/%2e%2e/service.py", "/..%2fapp.py"])
def test_nothing_but_the_page(served: Served, path: str) -> None:
    assert httpx.get(served.url + path).status_code == 404


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "::", "example.org", ""])
def test_other_machines_need_a_key(host: str) -> None:
    with pytest.raises(a2e.OptionError, match="--api-key .* or --no-auth"):
        Settings(host=host)
    assert Settings(host=host, api_key="k")
    assert Settings(host=host, no_auth=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_this_machine_needs_none(host: str) -> None:
    assert Settings(host=host)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"threads": 0}, "threads must be at least 1; got 0"),
        ({"port": 70_000}, "port must be 0 to 65535"),
        ({"api_key": " "}, "printable ASCII without blanks"),
        ({"api_key": "schlüssel"}, "printable ASCII without blanks"),
    ],
)
def test_settings_that_cannot_be(settings: dict, told: str) -> None:
    with pytest.raises(a2e.OptionError, match=told):
        Settings(**settings)


def test_limits_that_cannot_be() -> None:
    with pytest.raises(a2e.OptionError, match="max-streams must be more than 0; got 0"):
        Limits(max_streams=0)
