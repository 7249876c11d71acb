"""The web page, as static files, and the bundled sample of speech beside them."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from a2e.data import SPEECH

PAGE = Path(__file__).parent / "page"
HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data: blob:",
            "media-src 'self' data: blob:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self)",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Page(StaticFiles):
    """Files that a browser asks for anew each time and that run nothing from elsewhere."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if path == SPEECH.name:
            response: Response = FileResponse(SPEECH)
        else:
            response = await super().get_response(path, scope)
        response.headers.update(HEADERS)
        return response


def add_page(app: FastAPI) -> None:
    """Serves the page at ``/`` and its files beneath ``/`` and ``/page/``."""
    app.mount("/page", Page(directory=PAGE, html=True, check_dir=False))
    app.mount("/", Page(directory=PAGE, html=True, check_dir=False))
