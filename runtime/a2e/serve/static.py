"""The web page, as static files, and the bundled sample of speech beside them."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from a2e.data import SPEECH, find_web
from a2e.serve.proxies import directory_url

METHODS = ("GET", "HEAD")
FOLDERS = ("player", "face", "sources", "page")
"""The folders of ``web`` that are served."""

ALIASES = {
    "player.js": ("player/player.js",),
    "player-speeches.js": (
        "player/speech.js",
        "player/live-speech.js",
        "player/element-speech.js",
    ),
    "player-books.js": ("player/frame-buffer.js", "player/timeline.js", "player/easing.js"),
    "face.js": ("face/face.js",),
    "face-rig.js": (
        "face/rig/shapes.js",
        "face/rig/jaw.js",
        "face/rig/mouth.js",
        "face/rig/eyes.js",
        "face/rig/skin.js",
    ),
    "curves.js": ("page/widgets/curves.js",),
    "sliders.js": ("page/widgets/style-sliders.js", "page/widgets/shape-sliders.js"),
    "downloads.js": ("page/formats.js", "page/download.js"),
}
"""Modules by the file that they were in before ``web`` had folders."""

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

    def __init__(self, web: Path) -> None:
        super().__init__(directory=web, html=True, check_dir=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            error = {"error": "Not Found: there is no WebSocket at this path"}
            await WebSocket(scope, receive, send).send_denial_response(JSONResponse(error, 404))
            return
        await super().__call__(scope, receive, send)

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await self._answer(Path(path), {**scope, "method": "GET"})
        if scope["method"] not in METHODS:
            raise HTTPException(405, headers={"Allow": ", ".join(METHODS)})
        if isinstance(response, RedirectResponse):
            response = RedirectResponse(directory_url(scope))
        response.headers.update(HEADERS)
        return response

    async def _answer(self, path: Path, scope: Scope) -> Response:
        inside = path.parts[:1] == ("page",)
        name = str(path.relative_to("page")) if inside else str(path)
        if name == SPEECH.name:
            return FileResponse(SPEECH)
        if name in ALIASES:
            return _alias(name, "../" if inside else "./")
        if ".." in path.parts:  # out of the folders, though perhaps not out of the checkout's web
            raise HTTPException(404)
        served = path.parts and path.parts[0] in FOLDERS
        return await super().get_response(str(path if served else "page" / path), scope)


def _alias(name: str, root: str) -> Response:
    """A module with all exports of those that ``name`` stands for."""
    lines = [f'export * from "{root}{module}";\n' for module in ALIASES[name]]
    return Response("".join(lines), media_type="text/javascript")


def add_page(app: FastAPI) -> None:
    """Serves the page at ``/``, and the folders of ``web`` beneath, where no route is."""
    app.router.default = Page(find_web())
