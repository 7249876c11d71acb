"""ASGI middleware: who is turned away before any route is asked."""

from __future__ import annotations

from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from a2e.serve.paths import METRICS, PROBES
from a2e.serve.refusals import RefusalError
from a2e.serve.service import Service

CHECKED_PATHS = ("/api/", METRICS)
"""Where a page of another origin is turned away; all else is open to everyone."""


class GuardMiddleware:
    """Turns away who has no place left, asks for another host, or comes from another's page."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                self._check(HTTPConnection(scope))
            except RefusalError as error:
                await refuse(self._service, error)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _check(self, connection: HTTPConnection) -> None:
        path = connection.scope["path"].removeprefix(connection.scope["root_path"])
        if path in PROBES:
            return
        self._service.check_room()
        self._service.access.check_host(connection)
        if path.startswith(CHECKED_PATHS):
            self._service.access.check_origin(connection)


def refuse(service: Service, error: BaseException) -> JSONResponse:
    """The answer that a refusal makes; the connection is closed, as a body may be left unread."""
    refusal = service.refuse(error)
    status = refusal.ending.status or 400
    return JSONResponse({"error": str(refusal)}, status, {"Connection": "close"})
