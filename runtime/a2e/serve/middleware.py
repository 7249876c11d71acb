"""ASGI middleware: what trusted proxies tell, and who is turned away before any route is asked."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from a2e.serve.access import FORWARDED_HOST
from a2e.serve.refusals import RefusalError
from a2e.serve.service import Service
from a2e.serve.settings import DEFAULT_PORTS, PREFIX, parse_network

HEALTH = "/health"
"""Answered to everyone, always."""
CHECKED_PATHS = ("/api/", "/metrics")
"""Where a page of another origin is turned away; all else is open to everyone."""
PAIR = re.compile(r'\s*([a-z]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;,]*)', re.IGNORECASE)
"""A parameter of ``Forwarded`` (RFC 7239)."""
FORWARDED_HOSTS = re.compile(r"[A-Za-z0-9._-]+(?::\d{1,5})?|\[[0-9A-Fa-f:.]+\](?::\d{1,5})?")


class ProxyMiddleware:
    """Takes over the client, scheme, host and prefix that a trusted proxy tells."""

    def __init__(self, app: ASGIApp, proxies: Sequence[str], root_path: str) -> None:
        self._app = app
        self._networks = [parse_network(proxy) for proxy in proxies]
        self._root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            scope = dict(scope)
            prefix = self._root_path
            if scope.get("client") and self._trusts(scope["client"][0]):
                prefix = self._apply(scope, forwarded(Headers(scope=scope))) or prefix
            _set_prefix(scope, prefix)
        await self._app(scope, receive, send)

    def _apply(self, scope: Scope, told: dict[str, list[str]]) -> str:
        """Changes the scope to what a proxy tells; the prefix, if it tells one."""
        addresses = [_address(text) for text in told["for"]]
        for address in reversed(addresses):  # each proxy appends whom it was asked by
            if address is None:
                break
            scope["client"] = (address, 0)
            if not self._trusts(address):
                break
        scheme = told["proto"][-1].lower() if told["proto"] else ""
        if scheme in DEFAULT_PORTS:
            secure = scheme == "https"
            names = ("ws", "wss") if scope["type"] == "websocket" else ("http", "https")
            scope["scheme"] = names[secure]
        if told["host"] and FORWARDED_HOSTS.fullmatch(told["host"][-1]):
            scope[FORWARDED_HOST] = told["host"][-1]
        prefix = told["prefix"][-1].rstrip("/") if told["prefix"] else ""
        return prefix if PREFIX.fullmatch(prefix) else ""

    def _trusts(self, address: str) -> bool:
        try:
            client = ipaddress.ip_address(address)
        except ValueError:
            return False
        client = getattr(client, "ipv4_mapped", None) or client
        return any(client in network for network in self._networks)


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
        if path == HEALTH:
            return
        self._service.check_room()
        self._service.access.check_host(connection)
        if path.startswith(CHECKED_PATHS):
            self._service.access.check_origin(connection)


def refuse(
    service: Service, error: BaseException, headers: dict[str, str] | None = None
) -> JSONResponse:
    """The answer that a refusal makes; the connection is closed, as a body may be left unread."""
    refusal = service.refuse(error)
    return JSONResponse(
        {"error": str(refusal)},
        refusal.ending.status or 400,
        {"Connection": "close", **(headers or {})},
    )


def forwarded(headers: Headers) -> dict[str, list[str]]:
    """What ``Forwarded``, or each ``X-Forwarded-*``, says; the nearest proxy's word is last."""
    if "forwarded" in headers:
        told: dict[str, list[str]] = {"for": [], "proto": [], "host": []}
        for name, value in PAIR.findall(",".join(headers.getlist("forwarded"))):
            told.setdefault(name.lower(), []).append(value.strip().strip('"'))
    else:
        told = {name: _listed(headers, f"x-forwarded-{name}") for name in ("for", "proto", "host")}
    return {**told, "prefix": _listed(headers, "x-forwarded-prefix")}


def _listed(headers: Headers, name: str) -> list[str]:
    values = ",".join(headers.getlist(name)).split(",")
    return [value.strip() for value in values if value.strip()]


def _address(text: str) -> str | None:
    """The IP address in a proxy's word for a client, which may have a port."""
    bare = text[1 : text.find("]")] if text.startswith("[") else text
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        return None


def _set_prefix(scope: Scope, prefix: str) -> None:
    """Tells routes the prefix, whether the proxy took it from the path or left it."""
    scope["root_path"] = prefix
    path = scope["path"]
    if prefix and path != prefix and not path.startswith(prefix + "/"):
        scope["path"] = prefix + path
        if scope.get("raw_path") is not None:
            scope["raw_path"] = prefix.encode() + scope["raw_path"]
