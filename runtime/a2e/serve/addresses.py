"""Hosts, origins, networks and paths as options and headers spell them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import TypeAlias

from a2e.errors import OptionError

ANY = "*"
ORIGIN = re.compile(r"([a-z][a-z0-9+.-]*)://([^\s/?#@:\[\]*]+|\[[0-9a-f:.]+\])(?::(\d{1,5}|\*))?")
NO_ORIGIN = "null"
"""The origin of pages from files and in sandboxes."""
HOST = re.compile(r"([^\s/?#@:\[\]*]+|\[[0-9a-f:.]+\])(?::\d{1,5})?")
NAME = re.compile(r"[a-z0-9._-]+")
MAX_PORT = 65_535
PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")
DEFAULT_PORTS = {"http": "80", "https": "443"}
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach ``host``."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def listed(texts: Iterable[str]) -> list[str]:
    """The items of texts in which several may stand, divided by commas or blanks."""
    return [item for text in texts for item in text.replace(",", " ").split()]


def parse_origin(text: str) -> str:
    """An origin as browsers send it, without a default port; ``*`` may stand for it, or its port.

    Raises :class:`a2e.errors.OptionError`.
    """
    if text in (ANY, NO_ORIGIN):
        return text
    match = ORIGIN.fullmatch(text.strip().lower().rstrip("/"))
    host = _ascii(match[2]) if match else None
    port = (match[3] or "").lstrip("0") if match else ""
    if match is None or host is None or (port.isdecimal() and int(port) > MAX_PORT):
        raise OptionError(
            "--cors-origin is a page's scheme, host and port, such as http://localhost:5173 or "
            f"http://localhost:*, or *, or null for pages from files; got {text!r}"
        )
    origin = f"{match[1]}://{host}"
    return origin if port in ("", DEFAULT_PORTS.get(match[1])) else f"{origin}:{port}"


def parse_host(text: str) -> str:
    """A host name without its port, or ``*``; raises :class:`a2e.errors.OptionError`."""
    name = text.strip().lower()
    if name == ANY:
        return name
    match = HOST.fullmatch(f"[{name}]" if name.count(":") > 1 and name[0] != "[" else name)
    host = _ascii(match[1].rstrip(".")) if match else None
    if host is None:
        raise OptionError(
            f"--allow-host is a name or address, such as a2e.example, or *; got {text!r}"
        )
    return host


def _ascii(host: str) -> str | None:
    """A host as browsers send it (RFC 3490, RFC 5952); None for what is none."""
    try:
        if host.startswith("["):
            return f"[{ipaddress.IPv6Address(host[1:-1])}]"
        encoded = host if host.isascii() else host.encode("idna").decode()
    except ValueError:
        return None
    return encoded if NAME.fullmatch(encoded) else None


def parse_network(text: str) -> Network:
    """An address or a network of proxies; raises :class:`a2e.errors.OptionError`."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise OptionError(
            f"--proxy is an address or a network, such as 10.0.0.5 or 172.16.0.0/12; got {text!r}"
        ) from None
