"""The service as an ASGI application."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.websockets import WebSocket

import a2e
from a2e.serve.live.socket import serve_live
from a2e.serve.middleware import GuardMiddleware, ProxyMiddleware
from a2e.serve.motion.socket import serve_renderer
from a2e.serve.rest.routes import rest_routes
from a2e.serve.service import Service
from a2e.serve.settings import Settings
from a2e.serve.static import add_page


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

    app = FastAPI(title="a2e", version=a2e.__version__, summary=a2e.__doc__, lifespan=lifespan)
    app.state.service = service
    app.add_middleware(GuardMiddleware, service=service)
    origins = service.settings.cors_origins
    app.add_middleware(
        CORSMiddleware,
        allow_origins=[origin for origin in origins if not origin.endswith(":*")],
        allow_origin_regex=any_port_regex(origins),
        allow_methods=["GET", "POST"],
        allow_headers=["authorization", "content-type", "x-api-key"],
    )
    app.add_middleware(
        ProxyMiddleware,
        proxies=service.settings.proxies,
        root_path=service.settings.root_path,
    )
    app.include_router(rest_routes(service))
    app.add_exception_handler(HTTPException, answer_error)

    @app.websocket("/ws/a2e")
    async def live(socket: WebSocket) -> None:
        await serve_live(socket, service)

    @app.websocket("/ws/lam_data_stream/{stream}")
    async def renderer(socket: WebSocket, stream: str) -> None:
        await serve_renderer(socket, service, stream)

    add_page(app)
    return app


def any_port_regex(origins: Sequence[str]) -> str | None:
    """A pattern for those origins whose port may be any; None if there is none."""
    starts = [re.escape(origin[:-2]) for origin in origins if origin.endswith(":*")]
    return rf"(?:{'|'.join(starts)})(?::\d+)?" if starts else None


async def answer_error(_: Request, error: Exception) -> JSONResponse:
    """Answers of the framework's own, such as 404, in the shape of all others."""
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)
