"""The whole service as an application: any request, no socket. Never 500."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from functools import cache
from random import Random
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

from a2e.serve import Limits, Settings
from a2e.serve.app import create_app
from tests.fuzz import audio
from tests.fuzz.json_values import FACE, TEXTS, dumped
from tests.fuzz.protocols import BODIES, REQUEST
from tests.fuzz.target import Target, examples

PATH = "/api/audio2expression"
LIMIT_SECONDS = 20
MOST_ANSWER = 1 << 20
"""Characters of an error's answer."""
UNAVAILABLE = (503, 501, 505)
"""Statuses over 499 that are no fault of ours."""
ORIGINS = ("http://[", "http://127.0.0.1", "null", "http://[::1]:99999", "http://a:b@c", "\x00")
TYPES = (
    *("application/json", "multipart/form-data", "multipart/form-data; boundary=x", "audio/wav"),
    *("application/json; charset=utf-16", "application/octet-stream", "text/plain; charset=x", ""),
)
HEADERS: dict[str, Any] = {
    "origin": st.sampled_from(ORIGINS),
    "host": st.sampled_from(["127.0.0.1", "localhost:8000", "evil", "[", "[::1", "a:99999", ""]),
    "content-type": st.sampled_from(TYPES),
    "content-encoding": st.sampled_from(["gzip", "br", "identity", "x"]),
    "content-length": st.sampled_from(["0", "-1", "99", "9" * 5_000, "x"]),
    "authorization": st.sampled_from(["Bearer", "Bearer x", "Basic \xff", "x" * 5_000]),
    "x-forwarded-for": st.sampled_from(["1.2.3.4", "[", ", , ,", "x" * 5_000]),
    "x-forwarded-host": st.sampled_from(["a", "[", "http://["]),
    "x-forwarded-proto": st.sampled_from(["https", "x", "ws,http"]),
}
PATHS = st.sampled_from(
    [PATH, PATH, PATH, PATH + "/", "/health", "/metrics", "/", "/page/player.js", "/openapi.json"]
) | TEXTS.map(lambda text: "/" + text)
QUERIES = st.dictionaries(
    st.sampled_from([*REQUEST, *FACE, "frames", "strict", "track", "key", "x"]),
    TEXTS | st.sampled_from(["1", "lists", "objects", "-1", "[", '{"wide":1}']),
    max_size=2,
)


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """A request as JSON; its body in base64."""
    body = draw(st.one_of(BODIES, BODIES, _uploads()))
    request = {
        "method": draw(st.sampled_from(["POST", "POST", "POST", "GET", "HEAD", "PUT", "OPTIONS"])),
        "path": draw(PATHS),
        "query": draw(QUERIES),
        "headers": draw(st.fixed_dictionaries({}, optional=HEADERS)),
        "cuts": draw(st.integers(1, 4)),
        "body": base64.b64encode(body).decode(),
    }
    return json.dumps(request).encode()


@st.composite
def _uploads(draw: st.DrawFn) -> bytes:
    """Damaged audio, raw, in JSON or in a form."""
    seeds = audio.seeds()
    data = seeds[draw(st.integers(0, len(seeds) - 1))]
    data = audio.mutate(data, Random(draw(st.integers(0, 1 << 30))))[:60_000]
    wrapping = draw(st.sampled_from(["raw", "json", "form"]))
    if wrapping == "raw":
        return data
    if wrapping == "json":
        name = draw(st.sampled_from(["wav", "mp3", "pcm_24000", "auto", "audio/wav"]))
        fields = {"audio_base64": base64.b64encode(data).decode(), "audio_format": name}
        return dumped(fields).encode()
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    return head + data + b"\r\n--x--\r\n"


class Client:
    """The application, started, and its loop."""

    def __init__(self) -> None:
        limits = Limits(max_seconds=LIMIT_SECONDS)
        self.loop = asyncio.new_event_loop()
        self.app = create_app(Settings(limits=limits))
        self.context = self.app.router.lifespan_context(self.app)
        self.loop.run_until_complete(self._start())

    async def _start(self) -> None:
        await self.context.__aenter__()
        async with asyncio.timeout(60):
            while not self.app.state.service.engine.ready:
                await asyncio.sleep(0.02)

    def ask(self, request: dict[str, Any]) -> tuple[int, bytes]:
        """Status and body of an answer."""
        return self.loop.run_until_complete(exchange(self.app, request))


async def exchange(
    app: Callable[..., Awaitable[None]], request: dict[str, Any]
) -> tuple[int, bytes]:
    """One request by the rules of ASGI, its body in some parts."""
    body = base64.b64decode(request["body"])
    size = -(-len(body) // request["cuts"]) or 1
    parts = [body[i : i + size] for i in range(0, len(body), size)] or [b""]
    answers: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if not parts:
            return {"type": "http.disconnect"} if answers else await asyncio.sleep(60, {})
        part = parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    async def send(message: dict[str, Any]) -> None:
        answers.append(message)

    await app(scope_of(request), receive, send)
    status = next(a["status"] for a in answers if a["type"] == "http.response.start")
    return status, b"".join(a.get("body", b"") for a in answers)


def scope_of(request: dict[str, Any]) -> dict[str, Any]:
    query = "&".join(f"{key}={quote(value)}" for key, value in request["query"].items())
    headers = {"host": "127.0.0.1:8000"} | request["headers"]
    path = request["path"]
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request["method"],
        "scheme": "http",
        "path": path,
        "raw_path": quote(path).encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(k.encode(), v.encode("utf-8", "replace")) for k, v in headers.items()],
        "client": ("127.0.0.1", 5_000),
        "server": ("127.0.0.1", 8_000),
    }


@cache
def client() -> Client:
    return Client()


def attempt(case: bytes) -> None:
    request = json.loads(case)
    status, answer = client().ask(request)
    assert status < 500 or status in UNAVAILABLE, f"status {status} for {request['path'][:20]}"
    if status >= 400:
        assert len(answer) < MOST_ANSWER, "an error that repeats what came"
    else:
        assert b"NaN" not in answer, "NaN in an answer"
    assert b"Traceback" not in answer, "a traceback in an answer"


def good() -> bytes:
    body = base64.b64encode(b'{"audio_base64": "AAAAAAAA", "audio_format": "pcm"}').decode()
    request = {"method": "POST", "path": PATH, "query": {}, "headers": {}, "cuts": 1, "body": body}
    return json.dumps(request).encode()


TARGET = Target("http", examples(requests()), attempt, warm_up=(good,), share=2)
