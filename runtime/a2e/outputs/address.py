"""Addresses of outputs, as options spell them. This module loads neither numpy nor a network."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from a2e.errors import OptionError

LINES = "ndjson"
EXAMPLES = {
    "livelink": "livelink://127.0.0.1:11111",
    "vmc": "vmc://127.0.0.1:39539",
    "osc": "osc://127.0.0.1:9000/prefix",
    "ws": "ws://127.0.0.1:8080/faces",
    "wss": "wss://example.org/faces",
    LINES: "ndjson:-",
}
"""An address of each scheme."""
PORTS = {"livelink": 11111, "vmc": 39539, "ws": 80, "wss": 443}
"""Ports where an address names none; osc has no usual one."""
WITHOUT_PATH = ("vmc",)
SUBJECT = re.compile(r"[ -~]{1,64}")
PREFIX = re.compile(r"(/[^\s#*,/?\[\]{}]+)*/?")
"""OSC 1.0's characters of an address."""
NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True)
class Address:
    """An output's address."""

    text: str
    """As it was written."""
    scheme: str
    host: str = ""
    port: int = 0
    path: str = ""
    """Without the slash before it for a subject; a file's name, or - for standard output."""


def parse_address(text: str) -> Address:
    """The address in a text; raises :class:`a2e.errors.OptionError`."""
    scheme, colon, rest = text.partition(":")
    scheme = scheme.lower()
    if not colon or scheme not in EXAMPLES:
        raise OptionError(
            f"expected an output such as {', '.join(EXAMPLES.values())}; got {text[:80]!r}"
        )
    if scheme == LINES:
        if not rest:
            raise OptionError(f"expected {LINES}:FILE, or {LINES}:- for stdout; got {text!r}")
        return Address(text, scheme, path=rest)
    try:
        url = urlsplit(f"{scheme}:{rest}")
        port, host = url.port, url.hostname
    except ValueError as error:  # a port beyond 65535, or half an IPv6 address
        raise _refused(text, scheme, str(error).lower()) from None
    port = PORTS.get(scheme) if port is None else port
    if not host or not rest.startswith("//"):
        raise _refused(text, scheme, "no host")
    if not port:
        raise _refused(text, scheme, "no port" if port is None else "port 0")
    return Address(text, scheme, host, port, _path(text, scheme, url))


def _path(text: str, scheme: str, url: SplitResult) -> str:
    if scheme in ("ws", "wss"):
        if url.fragment:
            raise _refused(text, scheme, "a fragment (#), which a WebSocket's address has not")
        return url.path
    path = unquote(url.path)
    if url.query or url.fragment or url.username is not None:
        raise _refused(text, scheme, "a query, fragment or user")
    if scheme == "livelink":
        subject = path.removeprefix("/")
        if subject and not SUBJECT.fullmatch(subject):
            raise _refused(text, scheme, "a subject that is not up to 64 characters of ASCII")
        return subject
    if scheme == "osc" and not PREFIX.fullmatch(path):
        raise _refused(text, scheme, "a prefix with blanks or one of # * , ? [ ] { }")
    if scheme in WITHOUT_PATH and path not in ("", "/"):
        raise _refused(text, scheme, "a path")
    return path.rstrip("/")


def _refused(text: str, scheme: str, reason: str) -> OptionError:
    return OptionError(
        f"expected an output such as {EXAMPLES[scheme]}; got {text[:80]!r}: {reason}"
    )


def parse_named(text: str) -> tuple[str, Address]:
    """``NAME=ADDRESS``; raises :class:`a2e.errors.OptionError`."""
    name, equals, address = text.partition("=")
    if not equals or not NAME.fullmatch(name):
        raise OptionError(
            f"expected NAME=ADDRESS, such as stage={EXAMPLES['livelink']}; got {text[:80]!r}"
        )
    return name, parse_address(address)
