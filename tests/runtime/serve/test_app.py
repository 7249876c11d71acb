"""Paths and methods: HEAD as GET, 405 where the path exists, and one shape for every error."""

from __future__ import annotations

import re

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.harness.server import server
from tests.runtime.serve.conftest import HTTP, Served

READ = (
    "/",
    "/page/",
    "/page/page.js",
    "/player.js",
    "/speech.flac",
    "/health",
    "/ready",
    "/metrics",
)
DESCRIBED = ("/docs", "/redoc", "/openapi.json")
EXPRESSION = "/api/audio2expression"
NOWHERE = ("/nowhere", "/health/", "/api/", "/page/nowhere.js", EXPRESSION + "/", "/ws/", "/%00")


@pytest.mark.parametrize("path", [*READ, *DESCRIBED])
def test_head_is_as_get(served: Served, path: str) -> None:
    get, head = (HTTP.request(method, served.url + path) for method in ("GET", "HEAD"))
    assert get.status_code == head.status_code == 200
    assert head.content == b""
    names = {"content-type", "cache-control", "content-security-policy", "etag"}
    assert {n: get.headers.get(n) for n in names} == {n: head.headers.get(n) for n in names}
    if path != "/metrics":
        assert head.headers["content-length"] == str(len(get.content))


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", [*READ, *DESCRIBED, "/ws/a2e"])
def test_other_methods_are_named(served: Served, method: str, path: str) -> None:
    answer = HTTP.request(method, served.url + path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"
    assert f"expected GET, HEAD; got {method}" in answer.json()["error"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
def test_rest_is_posted(served: Served, method: str) -> None:
    answer = HTTP.request(method, served.url + EXPRESSION)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
@pytest.mark.parametrize("path", NOWHERE)
def test_where_nothing_is(served: Served, method: str, path: str) -> None:
    answer = HTTP.request(method, served.url + path)
    assert answer.status_code == 404
    assert method == "HEAD" or list(answer.json()) == ["error"]


@pytest.mark.parametrize("path", ["/ws/a2e", "/ws/lam_data_stream/x"])
def test_a_handshake_without_its_headers(served: Served, path: str) -> None:
    answer = HTTP.get(served.url + path)
    assert (answer.status_code, answer.headers["upgrade"]) == (426, "websocket")
    assert "Upgrade and Connection" in answer.json()["error"]


@pytest.mark.parametrize("path", ["/", "/nowhere", "/health", EXPRESSION, "/ws"])
def test_a_handshake_where_no_websocket_is(served: Served, path: str) -> None:
    with (
        pytest.raises(InvalidStatus) as refusal,
        connect(served.url.replace("http", "ws") + path),
    ):
        pass
    assert refusal.value.response.status_code == 404
    assert b"no WebSocket at this path" in (refusal.value.response.body or b"")


@pytest.mark.parametrize(
    ("query", "word"), [("frames=numbers", "query.frames"), ("strict=perhaps", "query.strict")]
)
def test_queries_that_cannot_be(served: Served, query: str, word: str) -> None:
    answer = HTTP.post(f"{served.url}{EXPRESSION}?{query}", json={})
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(f"{word}: ")


@pytest.mark.slow
def test_no_refusal_is_logged_as_a_fault() -> None:
    with server() as process:
        for path, options in (("/nowhere", {}), ("/ws/a2e", {"subprotocols": ["chat"]})):
            with (
                pytest.raises(InvalidStatus),
                connect(process.url.replace("http", "ws") + path, **options),
            ):
                pass
        httpx.get(process.url + "/nowhere")
        httpx.post(process.url + EXPRESSION + "?frames=x")
    assert not [line for line in process.log if re.search("ERROR|WARNING|Traceback", line)]
