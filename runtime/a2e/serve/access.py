"""Access: the API key, the names that the service goes by, and the origins of web pages."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from a2e.serve.addresses import ANY, DEFAULT_PORTS, is_loopback
from a2e.serve.proxies import ASKED
from a2e.serve.refusals import RefusalError
from a2e.serve.settings import Settings

BEARER = "bearer "
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")


class Access:
    """Checks a connection before anything is done for it."""

    def __init__(self, settings: Settings) -> None:
        self._key = settings.api_key
        self._origins = settings.cors_origins
        self._hosts = settings.allow_hosts
        self._local_hosts: tuple[str, ...] = ()
        if is_loopback(settings.host):
            own = f"[{settings.host}]" if ":" in settings.host else settings.host
            self._local_hosts = (*LOOPBACK_HOSTS, own.lower())

    def admits(self, key: str | None) -> bool:
        """Whether ``key`` opens the service."""
        if self._key is None:
            return True
        return key is not None and secrets.compare_digest(key.encode(), self._key.encode())

    def check_key(self, connection: HTTPConnection) -> None:
        """Raises ``RefusalError`` without the key in a header or, for WebSockets, in ``?key=``."""
        self.check(key_of(connection))

    def check(self, key: str | None) -> None:
        """Raises ``RefusalError`` unless ``key`` opens the service."""
        if not self.admits(key):
            raise RefusalError(
                "bad_key",
                f"expected the service's API key; got {'another' if key else 'none'}. Send it as "
                "'Authorization: Bearer KEY' or 'X-API-Key: KEY'",
            )

    def check_host(self, connection: HTTPConnection) -> None:
        """Raises ``RefusalError`` for a Host that is not the service's (DNS rebinding).

        A trusted proxy answers for the Host that it tells or passes on, unless names are given.
        """
        is_local = self._local_hosts and ASKED not in connection.scope
        if ANY in self._hosts or not (self._hosts or is_local):
            return
        host, names = asked_hosts(connection)[0], (*self._hosts, *self._local_hosts)
        if _name_of(host) not in names:
            raise RefusalError(
                "bad_host",
                f"expected a Host of {', '.join(names)}; got {host[:80]!r}. Allow it with "
                "a2e serve --allow-host NAME, or, behind a reverse proxy, name that with --proxy",
            )

    def check_origin(self, connection: HTTPConnection) -> None:
        """Raises ``RefusalError`` for a web page of another origin: CORS guards no WebSockets, and
        no request that needs no answer."""
        origin = connection.headers.get("origin")
        if origin is None or self._is_allowed(origin) or self._is_own(origin, connection):
            return
        raise RefusalError(
            "bad_origin",
            "expected a page of this service; got one of another origin. Allow it with "
            "a2e serve --cors-origin ORIGIN, or, behind a reverse proxy, name that with --proxy",
        )

    def _is_allowed(self, origin: str) -> bool:
        """Whether an origin is among those of ``--cors-origin``."""
        return any(
            allowed == "*" or allowed == origin or matches_port(origin, allowed)
            for allowed in self._origins
        )

    def _is_own(self, origin: str, connection: HTTPConnection) -> bool:
        """Whether an origin is the one that the connection was made to."""
        try:
            parts = urlsplit(origin.lower())
            port = DEFAULT_PORTS.get(parts.scheme)
        except ValueError:  # http://[
            return False
        netlocs = {parts.netloc, parts.netloc.removesuffix(f":{port}"), f"{parts.netloc}:{port}"}
        return bool(parts.netloc) and any(
            host.lower() in netlocs for host in asked_hosts(connection)
        )


def matches_port(origin: str, pattern: str) -> bool:
    """Whether an origin is like ``pattern``, an origin with any port."""
    if not pattern.endswith(":*"):
        return False
    scheme_and_host = pattern.removesuffix(":*")
    port = origin.removeprefix(scheme_and_host + ":")
    return origin == scheme_and_host or (port != origin and port.isdecimal())


def asked_hosts(connection: HTTPConnection) -> tuple[str, ...]:
    """The host that the client asked for, maybe with a port; where proxies leave that open, any."""
    hosts: tuple[str, ...] = connection.scope.get(ASKED) or (connection.headers.get("host", ""),)
    return hosts


def key_of(connection: HTTPConnection) -> str | None:
    """The key that a client shows, if any."""
    key = shown_key(connection.headers)
    if key is None and connection.scope["type"] == "websocket":
        return connection.query_params.get("key")
    return key


def shown_key(headers: Mapping[str, str]) -> str | None:
    """The key in headers, or in a gRPC call's metadata, by their lower-case names."""
    authorization = headers.get("authorization", "")
    if authorization.lower().startswith(BEARER):
        return authorization[len(BEARER) :].strip()
    return headers.get("x-api-key")


def _name_of(host: str) -> str:
    """A host without its port and its root dot."""
    name, colon, port = host.lower().rpartition(":")
    return (name if colon and port.isdecimal() else host.lower()).rstrip(".")
