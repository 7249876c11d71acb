"""A site of static files, for pages that need no service."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

WEB = Path(__file__).parents[2] / "web"


@contextmanager
def site(folders: Mapping[str, Path]) -> Iterator[str]:
    """Serves each folder under its name; gives the site's address, which ends in a slash."""

    class Handler(SimpleHTTPRequestHandler):
        extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".js": "text/javascript"}  # noqa: RUF012

        def translate_path(self, path: str) -> str:
            name, _, rest = unquote(urlsplit(path).path).lstrip("/").partition("/")
            return str(folders[name] / rest) if name in folders else "/nowhere"

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    thread.join()
    server.server_close()
