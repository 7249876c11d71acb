"""A plain static file server: the least that a page on the runtime for browsers needs."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

ISOLATED = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
"""Headers that give a page threads."""


@dataclass
class Site:
    """What is served, and what was asked for."""

    url: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Methods and paths of all requests."""
    replaced: dict[str, bytes | int] = field(default_factory=dict)
    """Other contents, or a status, by path."""


class Handler(SimpleHTTPRequestHandler):
    """A folder's files; no caching headers, no isolation but what is asked for."""

    protocol_version = "HTTP/1.1"
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
        ".onnx": "application/octet-stream",
    }

    def __init__(self, *args: object, site: Site, headers: Mapping[str, str], **options: str):
        self._site = site
        self._more = headers
        super().__init__(*args, **options)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        if not self._answered():
            super().do_GET()

    def do_HEAD(self) -> None:
        if not self._answered():
            super().do_HEAD()

    def _answered(self) -> bool:
        """Whether the site has another answer than the folder, which is then given."""
        path = urlsplit(self.path).path
        self._site.asked.append((self.command, path))
        other = self._site.replaced.get(path)
        if isinstance(other, int):
            self.send_error(other)
        elif other is not None:
            self.send_response(200)
            self.send_header("Content-Type", self.guess_type(path if path != "/" else "index.html"))
            self.send_header("Content-Length", str(len(other)))
            self.end_headers()
            self.wfile.write(other if self.command == "GET" else b"")
        return other is not None

    def end_headers(self) -> None:
        for name, value in self._more.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


class Server(ThreadingHTTPServer):
    """Threads that mind no browser that goes away."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def static_site(folder: Path, headers: Mapping[str, str] | None = None) -> Iterator[Site]:
    """Serves a folder on a free port of this machine."""
    site = Site()
    handler = partial(Handler, site=site, headers=headers or {}, directory=str(folder))
    with Server(("127.0.0.1", 0), handler) as server:
        site.url = f"http://127.0.0.1:{server.server_port}/"
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield site
        server.shutdown()
        thread.join()
