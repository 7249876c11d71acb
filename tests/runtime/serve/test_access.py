"""Who may come in, and what of the page is served how."""

from __future__ import annotations

import json
import socket
from contextlib import suppress

import httpx
import pytest
from starlette.requests import HTTPConnection
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

import a2e
from a2e.data import SPEECH
from a2e.serve import Limits, Settings
from a2e.serve.access import Access
from a2e.serve.refusals import RefusalError
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
    for path in ("/health", "/ready", "/openapi.json"):
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


REST = "/api/audio2expression"
PATHS = ("/", "/docs", "/openapi.json", "/page/page.js", "/metrics", REST)
MOTION = "/ws/lam_data_stream/x"


def statuses(served: Served, host: str) -> set[int]:
    """Of all paths but ``/health``, each as a browser asks for it."""
    method = {REST: "POST"}
    return {
        HTTP.request(method.get(path, "GET"), served.url + path, headers={"Host": host}).status_code
        for path in PATHS
    }


def close_code(served: Served, path: str, host: str) -> str:
    """The reason of the close of a WebSocket that asks for this host; empty where it stays open."""
    _, _, address = served.url.partition("//")
    to_service = socket.create_connection(address.split(":"))
    with connect(f"ws://{host}{path}", sock=to_service) as connection:
        try:
            connection.recv(timeout=0.2)
            connection.recv(timeout=0.2)
        except TimeoutError:
            return ""
        except ConnectionClosed as closed:
            return closed.rcvd.reason if closed.rcvd else "lost"
    return ""


class TestHosts:
    """A browser can be made to take a stranger's name for this machine (DNS rebinding)."""

    @pytest.mark.parametrize(
        "host",
        ["localhost", "localhost:1", "LOCALHOST", "localhost.", "127.0.0.1", "[::1]", "[::1]:80"],
    )
    def test_of_this_machine(self, served: Served, host: str) -> None:
        assert statuses(served, host) == {200, 400}

    @pytest.mark.parametrize(
        "host",
        ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost@x", "0.0.0.0"],
    )
    def test_others_on_loopback(self, served: Served, host: str) -> None:
        assert statuses(served, host) == {403}
        answer = HTTP.get(served.url + "/metrics", headers={"Host": host})
        assert "--allow-host" in answer.json()["error"]
        assert HTTP.get(served.url + "/health", headers={"Host": host}).status_code == 200

    def test_websockets(self, served: Served) -> None:
        for path in ("/ws/a2e", MOTION):
            assert close_code(served, path, "evil.example") == "bad_host"
            assert close_code(served, path, "localhost:80") == ""

    def test_allowed_ones_on_loopback(self) -> None:
        with serving(allow_hosts=("A2E.example:80",)) as served:
            for host in ("a2e.example", "A2E.EXAMPLE:8000", "localhost", "127.0.0.1"):
                assert statuses(served, host) == {200, 400}
            assert statuses(served, "b.example") == {403}

    def test_elsewhere(self) -> None:
        """Any, unless some are given; then no other, not even this machine's."""
        with serving(host="0.0.0.0", no_auth=True) as served:
            assert statuses(served, "anything.example") == {200, 400}
        with serving(host="0.0.0.0", no_auth=True, allow_hosts=("a2e.example",)) as served:
            assert statuses(served, "a2e.example") == {200, 400}
            assert statuses(served, "localhost") == {403}
            assert close_code(served, "/ws/a2e", "localhost") == "bad_host"
            headers = {"Host": "10.0.0.7"}  # a balancer's check
            assert HTTP.get(served.url + "/health", headers=headers).status_code == 200

    def test_any_on_loopback(self) -> None:
        with serving(allow_hosts=("*",)) as served:
            assert statuses(served, "anything.example") == {200, 400}


class TestOrigins:
    """Of web pages: CORS guards no request that needs no answer."""

    @pytest.mark.parametrize(
        "origin",
        ["https://evil.example", "null", "http://[", "http://localhost:1", "x" * 5_000, "http://"],
    )
    def test_others(self, served: Served, origin: str) -> None:
        headers = {"Origin": origin}
        for answer in (
            HTTP.post(served.url + REST, headers=headers, json={}),
            HTTP.get(served.url + "/metrics", headers=headers),
        ):
            assert answer.status_code == 403
            assert "--cors-origin" in answer.json()["error"]
            assert len(answer.content) < 600
        for path in ("/", "/health", "/openapi.json"):
            assert HTTP.get(served.url + path, headers=headers).status_code == 200
        if len(origin) < 100:
            with connect(served.motion("x"), origin=origin) as renderer:
                with pytest.raises(ConnectionClosed) as closed:
                    renderer.recv(timeout=5)
                assert closed.value.rcvd.reason == "bad_origin"

    def test_its_own(self, served: Served) -> None:
        for origin in (served.url, served.url.upper()):
            answer = HTTP.get(served.url + "/metrics", headers={"Origin": origin})
            assert answer.status_code == 200

    @pytest.mark.parametrize(
        ("allowed", "good", "bad"),
        [
            ("http://localhost:5173/", "http://localhost:5173", "http://localhost:5174"),
            ("http://localhost:*", "http://localhost:9", "http://localhost.evil:9"),
            ("http://localhost:*", "http://localhost", "https://localhost:9"),
            ("https://page.example:443", "https://page.example", "http://page.example"),
            ("tauri://localhost", "tauri://localhost", "null"),
            ("null", "null", "https://page.example"),
            ("*", "https://anything.example", ""),
        ],
    )
    def test_allowed_ones(self, allowed: str, good: str, bad: str) -> None:
        """For REST, for its preflight, and for WebSockets; the answer tells the browser so."""
        access = Access(Settings(cors_origins=(allowed,)))
        access.check_origin(asking(good))
        if bad:
            with pytest.raises(RefusalError):
                access.check_origin(asking(bad))
        with serving(cors_origins=(allowed,)) as served:
            answer = HTTP.post(served.url + REST, headers={"Origin": good}, json={})
            assert answer.status_code == 400
            assert answer.headers["access-control-allow-origin"] in (good, "*")
            assert first_answer(served.live, START, origin=good)["type"] == "ready"


def asking(origin: str) -> HTTPConnection:
    headers = [(b"host", b"127.0.0.1:8000"), (b"origin", origin.encode())]
    return HTTPConnection({"type": "http", "headers": headers})


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
