"""The HTTP side: health and metrics."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from a2e.serve.service import Service


def rest_routes(service: Service) -> APIRouter:
    routes = APIRouter()

    @routes.get("/health")
    async def health() -> dict[str, object]:
        return {"status": "healthy" if service.engine.ready else "loading"}

    @routes.get("/metrics")
    async def metrics() -> Response:
        return Response(service.metrics.text(), media_type="text/plain; version=0.0.4")

    return routes
