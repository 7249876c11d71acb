"""Access: the API key, and the origins of web pages."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from a2e.serve.refusals import RefusalError
from a2e.serve.settings import Settings

BEARER = "bearer "


class Access:
    """Checks a connection before anything is done for it."""

    def __init__(self, settings: Settings) -> None:
        self._key = settings.api_key
        self._origins = settings.cors_origins

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

    def check_origin(self, connection: HTTPConnection) -> None:
        """Raises ``RefusalError`` for a web page of another origin: no CORS guards WebSockets."""
        origin = connection.headers.get("origin")
        if origin is None or "*" in self._origins or origin in self._origins:
            return
        if urlsplit(origin).netloc != connection.headers.get("host"):
            raise RefusalError(
                "bad_origin",
                "expected a page of this service; got one of another origin. Allow it with "
                "a2e serve --cors-origin ORIGIN",
            )


def key_of(connection: HTTPConnection) -> str | None:
    """The key that a client shows, if any."""
    authorization = connection.headers.get("authorization", "")
    if authorization.lower().startswith(BEARER):
        return authorization[len(BEARER) :].strip()
    if "x-api-key" in connection.headers:
        return connection.headers["x-api-key"]
    return connection.query_params.get("key") if connection.scope["type"] == "websocket" else None
