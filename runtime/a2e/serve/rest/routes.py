"""The HTTP side: ``POST /api/audio2expression``, health and metrics."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.security import APIKeyHeader, HTTPBearer
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel, Field
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response

import a2e
from a2e.model import Model
from a2e.serve.clients import client_of
from a2e.serve.paths import EXPRESSION, HEALTH, METRICS, READY
from a2e.serve.refusals import RefusalError
from a2e.serve.rest.body import read_request
from a2e.serve.rest.conversation import Conversation
from a2e.serve.rest.protocol import ExpressionRequest
from a2e.serve.service import Service
from a2e.serve.settings import Limits

BODY_TIMEOUTS = 6
"""Send timeouts that a whole body may take to come."""
CLOSED = 499
"""What the answer to a client that has left is counted as."""
RETRY_STATUS = 503
UNEXPECTED = 400
"""For refusals that only WebSockets should meet."""
LENGTH_DIGITS = 18
"""Most digits of a Content-Length."""
UNREAD = (408, 413)
"""Answers before the end of a body, whose rest nobody reads."""

KEYS = [
    Depends(APIKeyHeader(name="X-API-Key", auto_error=False)),
    Depends(HTTPBearer(auto_error=False)),
]
"""Only tells the API's description of the key, which ``Access`` checks."""


class Expression(BaseModel):
    """Frames for all audio of the request: its seconds, times the frame rate, rounded up over the
    session."""

    names: list[str]
    frames: list[list[float]] | list[dict[str, list[float]]]
    frame_rate: float
    fps_exact: Annotated[
        list[int] | None, Field(description="numerator and denominator of a rate that isn't whole")
    ] = None
    warnings: Annotated[list[str] | None, Field(description="what is not as it should be")] = None


class Problem(BaseModel):
    """What was expected, what came, and what to do."""

    error: str


class Health(BaseModel):
    """What the service is doing."""

    status: Literal["loading", "healthy", "draining", "failed"]
    engine_ready: bool
    mode: Annotated[str | None, Field(description="graph kind of the model")]
    device: str
    version: str


def rest_routes(service: Service) -> APIRouter:
    """The HTTP routes of a service."""
    routes = APIRouter()

    @routes.post(
        EXPRESSION,
        response_model=Expression,
        responses={status: {"model": Problem} for status in (400, 401, 403, 408, 413, 500, 503)},
        openapi_extra={"requestBody": _body_schema()},
        dependencies=KEYS,
    )
    async def audio2expression(
        request: Request,
        frames: Annotated[Literal["lists", "objects"], Query()] = "lists",
        strict: Annotated[bool, Query(description="refuse what would be a warning")] = False,
    ) -> Response:
        """A speech, or a chunk of one, as frames.

        `frames=objects` gives each frame as `{"weights": [...]}`.
        """
        response = await _answer(service, request, objects=frames == "objects", strict=strict)
        service.metrics.requests.labels(str(response.status_code)).inc()
        return response

    @routes.head(HEALTH, include_in_schema=False)
    @routes.get(HEALTH)
    async def health() -> Health:
        """Answers at once, and always with 200."""
        return _health(service)

    @routes.head(READY, include_in_schema=False)
    @routes.get(READY, responses={RETRY_STATUS: {"model": Health}})
    async def ready(response: Response) -> Health:
        """Answers at once: 200 while speech is taken, 503 while the model loads or speeches end."""
        found = _health(service)
        if not found.engine_ready:
            response.status_code = RETRY_STATUS
        return found

    @routes.head(METRICS, include_in_schema=False)
    @routes.get(METRICS, dependencies=KEYS)
    async def metrics(request: Request) -> Response:
        """Numbers for Prometheus."""
        try:
            service.access.check_key(request)
        except RefusalError as refusal:
            return _refuse(service, refusal)
        return Response(service.metrics.text(), media_type=CONTENT_TYPE_LATEST)

    return routes


def _health(service: Service) -> Health:
    return Health(
        status=_status(service),
        engine_ready=service.engine.ready and not service.stopping.is_set(),
        mode=service.engine.model.spec.kind if service.engine.ready else None,
        device="cpu",
        version=a2e.__version__,
    )


def _status(service: Service) -> Literal["loading", "healthy", "draining", "failed"]:
    if service.engine.failure is not None:
        return "failed"
    if service.stopping.is_set():
        return "draining"
    return "healthy" if service.engine.ready else "loading"


async def _answer(service: Service, request: Request, *, objects: bool, strict: bool) -> Response:
    try:
        service.access.check_key(request)
        model = service.engine.model
        service.check_open()
        async with _received(service, request) as body:
            content = await _converse(service, model, request, body, objects=objects, strict=strict)
        if content is None:
            return Response(status_code=CLOSED)
        return Response(content, media_type="application/json")
    except ClientDisconnect:
        return Response(status_code=CLOSED)
    except Exception as error:
        await _discard(request, service.limits)
        return _refuse(service, error)


async def _converse(
    service: Service,
    model: Model,
    request: Request,
    body: bytearray,
    *,
    objects: bool,
    strict: bool,
) -> bytes | None:
    """The answer to a body; None if the client has left."""
    limit, address = service.limits.max_body, _address(request)
    with service.request(client_of(address)):
        posted = await asyncio.to_thread(
            read_request, body, request.headers, request.query_params, limit
        )
        body.clear()
        conversation = Conversation(
            service,
            model,
            posted,
            address,
            request.is_disconnected,
            objects=objects,
            strict=strict,
        )
        del posted
        return await conversation.answer()


@asynccontextmanager
async def _received(service: Service, request: Request) -> AsyncIterator[bytearray]:
    """The body, counted while its request is answered; raises ``RefusalError``."""
    client = client_of(_address(request))
    body, counted = bytearray(), 0
    try:
        with service.bodies.place(client):
            async for size in _read(request, service.limits, body):
                service.body_bytes.take(client, size)
                counted += size
        yield body
    finally:
        service.body_bytes.give_back(client, counted)


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


async def _discard(request: Request, limits: Limits) -> None:
    """Reads what is left of a body, within limits: an answer before its end could get lost."""
    left = limits.max_body
    with suppress(TimeoutError, ClientDisconnect, RuntimeError):  # the last: all of it was read
        async with asyncio.timeout(limits.send_timeout):
            async for chunk in request.stream():
                left -= len(chunk)
                if left < 0:
                    return


async def _read(request: Request, limits: Limits, body: bytearray) -> AsyncIterator[int]:
    """Adds to ``body`` what comes, and tells how much; raises ``RefusalError`` where that is too
    much, or too slow.

    It has a send timeout, and more by what has come: the longest one has six.
    """
    limit, seconds = limits.max_body, limits.send_timeout
    length = request.headers.get("content-length", "0")
    if len(length) > LENGTH_DIGITS or (length.isdecimal() and int(length) > limit):
        raise _too_big(limit)
    start = asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout(seconds) as timeout:
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    raise _too_big(limit)
                yield len(chunk)
                share = min(1.0, len(body) / limit * BODY_TIMEOUTS)
                timeout.reschedule(start + seconds * (1 + (BODY_TIMEOUTS - 1) * share))
    except TimeoutError:
        raise RefusalError(
            "idle", f"expected the whole body within {seconds:g} s; send it faster"
        ) from None


def _too_big(limit: int) -> RefusalError:
    return RefusalError(
        "too_big",
        f"expected a body of at most {limit} bytes; got more. Send mp3 or ogg, or a session's "
        "chunks",
    )


def _refuse(service: Service, error: Exception) -> JSONResponse:
    refusal = service.refuse(error)
    status = refusal.ending.status or UNEXPECTED
    headers = {"Retry-After": "1"} if status == RETRY_STATUS else {}
    if status in UNREAD:
        headers["Connection"] = "close"
    return JSONResponse({"error": str(refusal)}, status, headers)


def _body_schema() -> dict[str, Any]:
    fields = ExpressionRequest.model_json_schema()
    binary = {"type": "string", "format": "binary"}
    form = {"type": "object", "properties": {"file": binary, **fields["properties"]}}
    return {
        "required": True,
        "content": {
            "application/json": {"schema": fields},
            "multipart/form-data": {"schema": form},
            "audio/*": {"schema": binary},
        },
    }
