"""The service as an ASGI application."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Never

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.websockets import WebSocket

import a2e
from a2e.serve.live.socket import serve_live
from a2e.serve.middleware import GuardMiddleware
from a2e.serve.motion.socket import serve_renderer
from a2e.serve.paths import LIVE, MOTION
from a2e.serve.proxies import ProxyMiddleware
from a2e.serve.rest.routes import rest_routes
from a2e.serve.service import Service
from a2e.serve.settings import Settings
from a2e.serve.static import add_page
from a2e.serve.wire import shorten


def create_app(settings: Settings | None = None) -> FastAPI:
    """An application that loads its model in the background as soon as it is started."""
    service = Service(settings or Settings())

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(service.load()), asyncio.create_task(service.sweep())]
        yield
        for task in tasks:
            task.cancel()
        service.engine.close()
        await asyncio.to_thread(service.outputs.close)

    app = FastAPI(
        title="a2e",
        version=a2e.__version__,
        summary=a2e.__doc__,
        lifespan=lifespan,
        redirect_slashes=False,  # to an address that proxies may not know
    )
    app.state.service = service
    app.add_middleware(GuardMiddleware, service=service)
    origins = service.settings.cors_origins
    app.add_middleware(
        CORSMiddleware,
        allow_origins=[origin for origin in origins if not origin.endswith(":*")],
        allow_origin_regex=any_port_regex(origins),
        allow_methods=["GET", "POST"],
        allow_headers=["authorization", "content-encoding", "content-type", "x-api-key"],
        expose_headers=["retry-after"],
    )
    app.add_middleware(
        ProxyMiddleware,
        proxies=service.settings.proxies,
        root_path=service.settings.root_path,
    )
    app.include_router(rest_routes(service))
    app.add_exception_handler(HTTPException, answer_error)
    app.add_exception_handler(RequestValidationError, answer_bad_query)

    @app.websocket(LIVE)
    async def live(socket: WebSocket) -> None:
        await serve_live(socket, service)

    @app.websocket(MOTION + "{stream}")
    async def renderer(socket: WebSocket, stream: str) -> None:
        await serve_renderer(socket, service, stream)

    for path in (LIVE, MOTION + "{stream}"):
        app.add_route(path, ask_for_upgrade, include_in_schema=False)
    add_page(app)
    return app


async def ask_for_upgrade(_: Request) -> Never:
    """For a WebSocket's handshake that came without its headers."""
    raise HTTPException(
        426,
        "expected a WebSocket handshake; got a plain request. A reverse proxy must pass on the "
        "headers Upgrade and Connection",
        {"Upgrade": "websocket", "Connection": "Upgrade"},
    )


def any_port_regex(origins: Sequence[str]) -> str | None:
    """A pattern for those origins whose port may be any; None if there is none."""
    starts = [re.escape(origin[:-2]) for origin in origins if origin.endswith(":*")]
    return rf"(?:{'|'.join(starts)})(?::\d+)?" if starts else None


async def answer_error(request: Request, error: Exception) -> JSONResponse:
    """Answers of the framework's own, such as 404, in the shape of all others."""
    assert isinstance(error, HTTPException)
    message, headers = error.detail, dict(error.headers or {})
    if "GET" in headers.get("Allow", "").split(", "):
        headers["Allow"] = "GET, HEAD"
    if "Allow" in headers:
        message = f"{message}: expected {headers['Allow']}; got {request.method[:20]}"
    return JSONResponse({"error": message}, error.status_code, headers)


async def answer_bad_query(_: Request, error: Exception) -> JSONResponse:
    """For a query that can't be, such as ``?frames=numbers``."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    name, value = ".".join(map(str, first["loc"])), shorten(first["input"])
    return JSONResponse({"error": f"{name}: {first['msg'].lower()}; got {value}. Correct it"}, 400)
