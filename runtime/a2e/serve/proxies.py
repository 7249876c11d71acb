"""What reverse proxies tell of those in front of them: ``Forwarded`` (RFC 7239), ``X-Forwarded-*``.

Each proxy tells whom it was asked by, over which scheme and for which host. Proxies that stand in a
row append their words, so that the nearest one's is the last, and each is believed only if the next
one, who passed it on, was told by a trusted proxy.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from a2e.serve.addresses import PREFIX, parse_network
from a2e.serve.paths import is_own

ASKED = "a2e_asked"
"""In a connection's scope: the hosts, with ports, that a trusted proxy may have been asked for."""
MOST_PROXIES = 16
"""Proxies in a row that are followed."""
NAMES = ("for", "proto", "host", "port", "prefix")
SCHEMES = {"http": False, "https": True, "ws": False, "wss": True}
"""Whether they are encrypted."""
HOST = re.compile(r"[A-Za-z0-9._-]+(?::\d{1,5})?|\[[0-9A-Fa-f:.]+\](?::\d{1,5})?")
PORT = re.compile(r"\d{1,5}")
PART = re.compile(r'[^",;]+|"(?:[^"\\]|\\.)*"?|[,;]')
"""Of ``Forwarded``: text, a quoted text, or what divides elements and parameters."""


class Word(NamedTuple):
    """What one proxy tells."""

    client: str | None = None
    """The address by which it was asked."""
    scheme: str | None = None
    host: str | None = None


class ProxyMiddleware:
    """Takes over the client, scheme, host and prefix that a trusted proxy tells."""

    def __init__(self, app: ASGIApp, proxies: Sequence[str], root_path: str) -> None:
        self._app = app
        self._networks = [parse_network(proxy) for proxy in proxies]
        self._root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        if scope["type"] in ("http", "websocket"):
            scope = dict(scope)
            prefix = self._root_path
            if scope.get("client") and self._trusts(scope["client"][0]):
                headers = Headers(scope=scope)
                self._believe(scope, headers)
                prefix = told_prefix(headers) or prefix
            _set_prefix(scope, prefix)
            if scope["type"] == "http" and prefix and scope["path"] == prefix:
                app = RedirectResponse(directory_url(scope))
        await app(scope, receive, send)

    def _believe(self, scope: Scope, headers: Headers) -> None:
        """Changes the scope to what proxies tell, as far as they are trusted."""
        told = list(islice(self._believed(words(headers)), MOST_PROXIES))
        if not told:
            return
        client = next((word.client for word in reversed(told) if word.client), None)
        scheme = next((word.scheme for word in reversed(told) if word.scheme), None)
        host = next((word.host for word in reversed(told) if word.host), headers.get("host", ""))
        if client:
            scope["client"] = (client, 0)
        if scheme:
            names = ("ws", "wss") if scope["type"] == "websocket" else ("http", "https")
            scope["scheme"] = names[SCHEMES[scheme]]
        scope[ASKED] = _with_port(host, _listed(headers, "x-forwarded-port"))

    def _believed(self, words: Iterator[Word]) -> Iterator[Word]:
        for word in words:
            yield word
            if word.client is None or not self._trusts(word.client):
                return

    def _trusts(self, address: str) -> bool:
        try:
            client = ipaddress.ip_address(address)
        except ValueError:
            return False
        client = getattr(client, "ipv4_mapped", None) or client
        return any(client in network for network in self._networks)


def words(headers: Headers) -> Iterator[Word]:
    """The proxies' words, the nearest one's first.

    Where there is any ``X-Forwarded-For``, ``-Proto`` or ``-Host``, ``Forwarded`` says nothing:
    most proxies set the former, and pass on a ``Forwarded`` that anybody may have sent.
    """
    told = {name: _listed(headers, f"x-forwarded-{name}") for name in ("for", "proto", "host")}
    count = max(map(len, told.values()))
    if not count:
        return _forwarded(",".join(headers.getlist("forwarded")))
    return (
        _word({name: values[-place] for name, values in told.items() if place <= len(values)})
        for place in range(1, count + 1)
    )


def _forwarded(text: str) -> Iterator[Word]:
    """The elements of ``Forwarded``, the last one first."""
    elements: list[dict[str, str]] = [{}]
    pair = ""
    for part in [*PART.findall(text), ";"]:
        if part not in (",", ";"):
            pair += part
            continue
        name, _, value = pair.partition("=")
        if value:
            elements[-1][name.strip().lower()] = value.strip().strip('"').replace("\\", "")
        pair = ""
        if part == ",":
            elements.append({})
    return (_word(element) for element in reversed(elements) if element)


def _word(values: dict[str, str]) -> Word:
    """A proxy's word, without what makes no sense."""
    scheme, host = values.get("proto", "").lower(), values.get("host", "")
    return Word(
        _address(values.get("for", "")),
        scheme if scheme in SCHEMES else None,
        host if HOST.fullmatch(host) else None,
    )


def told_prefix(headers: Headers) -> str:
    """The path that proxies took away, the first one's part first; empty without one."""
    parts = [part.rstrip("/") for part in _listed(headers, "x-forwarded-prefix")]
    prefix = "".join(parts)
    return prefix if PREFIX.fullmatch(prefix) else ""


def _with_port(host: str, ports: Sequence[str]) -> tuple[str, ...]:
    """A host as it is, and with the port that a proxy tells beside it."""
    bare = host.rpartition(":")[0] if re.search(r":\d+$", host) else host
    if not ports or not PORT.fullmatch(ports[-1]):
        return (host,)
    return (host, f"{bare}:{ports[-1]}")


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
    """Tells routes the prefix, whether the proxy took it from the path or left it.

    One that took it without its slash left two.
    """
    path, raw = scope["path"], scope.get("raw_path")
    if path.startswith("//"):
        path, raw = "/" + path.lstrip("/"), raw and b"/" + raw.lstrip(b"/")
    has_prefix = (path + "/").startswith(prefix + "/") and not is_own(path)
    if prefix and not has_prefix:
        path, raw = prefix + path, raw and prefix.encode() + raw
    scope.update(path=path, root_path=prefix, raw_path=raw)


def directory_url(scope: Scope) -> str:
    """A folder's path with its slash, relative to the one without: no prefix need be known."""
    query = scope["query_string"].decode("latin-1")
    folder: str = scope["path"].rpartition("/")[2]
    return f"{folder}/" + (f"?{query}" if query else "")
