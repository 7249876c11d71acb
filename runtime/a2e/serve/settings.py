"""The settings of a service: each option, its default and its help text in one place.

A field's metadata hold ``help``; for its documentation also ``show_default``, the default in words,
and ``flag``, the option's name where it is not the field's. This module loads neither numpy nor the
service's libraries.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from a2e.errors import OptionError
from a2e.options import Face
from a2e.outputs.address import parse_named
from a2e.serve.addresses import (
    MAX_PORT,
    PREFIX,
    is_loopback,
    listed,
    parse_host,
    parse_network,
    parse_origin,
)
from a2e.serve.cores import cores

MIB = 1 << 20
KEY = re.compile(r"[!-~]+")


@dataclass(frozen=True)
class Limits:
    """Limits of one client, and of all of them together."""

    max_streams: int | None = field(
        default=None,
        metadata={
            "help": "live streams at once; by default as many as half of the threads' time is "
            "enough for, at most 64",
            "show_default": "measured",
        },
    )
    max_sessions: int = field(default=64, metadata={"help": "REST sessions remembered at once"})
    max_waiting: int = field(
        default=32, metadata={"help": "REST requests that may wait for their turn"}
    )
    max_seconds: float = field(
        default=300, metadata={"help": "seconds of audio in one REST request or gRPC call"}
    )
    max_body: int = field(
        default=16 * MIB, metadata={"help": "bytes of one REST request", "show_default": "16 MiB"}
    )
    max_message: int = field(
        default=MIB,
        metadata={"help": "bytes of one WebSocket or gRPC message", "show_default": "1 MiB"},
    )
    queue_seconds: float = field(
        default=30,
        metadata={
            "help": "seconds of audio that may wait in a stream; beyond it the socket is not read"
        },
    )
    max_connections: int = field(
        default=1_000,
        metadata={
            "help": "connections at once; beyond it the oldest idle one of the client with the "
            "most is closed"
        },
    )
    load_timeout: float = field(
        default=300, metadata={"help": "seconds that the model may take to load"}
    )
    keep_alive: float = field(
        default=650,
        metadata={
            "help": "seconds that an HTTP connection is kept for another request; longer than "
            "proxies keep theirs"
        },
    )
    idle_timeout: float = field(
        default=300, metadata={"help": "seconds without a message that end a stream or a session"}
    )
    send_timeout: float = field(
        default=10,
        metadata={
            "help": "seconds that a client may take nothing, or take to send a request; a large "
            "body may take six times as long"
        },
    )
    ping_interval: float = field(
        default=20,
        metadata={"help": "seconds between two pings; who answers none for twice as long is gone"},
    )
    drain_seconds: float = field(
        default=5,
        metadata={
            "help": "seconds that speeches have to end by themselves when the service is to stop"
        },
    )

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value is not None and not value > 0:  # NaN neither
                raise OptionError(f"{name.replace('_', '-')} must be more than 0; got {value}")


@dataclass(frozen=True)
class Settings:
    """A service's settings; raises :class:`a2e.errors.OptionError` for those that can't be."""

    model: Path | None = field(
        default=None,
        metadata={"help": "a file of a2e-export convert", "show_default": "the bundled one"},
    )
    low_latency: bool = field(
        default=False,
        metadata={"help": "frames as soon as can be, a little rougher", "show_default": "off"},
    )
    host: str = field(default="127.0.0.1", metadata={"help": "address to listen on"})
    port: int = field(default=8000, metadata={"help": "port to listen on; 0 takes a free one"})
    grpc: int | None = field(
        default=None,
        metadata={
            "help": "port of NVIDIA Audio2Face-3D's protocol, 0 for a free one; needs the extra "
            "'grpc'",
            "show_default": "off",
        },
    )
    api_key: str | None = field(
        default=None,
        metadata={
            "help": "the key that clients must show; better in A2E_API_KEY",
            "show_default": "none",
        },
    )
    no_auth: bool = field(
        default=False,
        metadata={"help": "serve other machines without a key", "show_default": "off"},
    )
    cors_origins: tuple[str, ...] = field(
        default=(),
        metadata={
            "help": "origin of web pages that may use the service, besides its own; * is any; "
            "repeatable",
            "show_default": "none",
            "flag": "--cors-origin",
        },
    )
    allow_hosts: tuple[str, ...] = field(
        default=(),
        metadata={
            "help": "name by which the service may be asked; * is any; repeatable",
            "show_default": "localhost, 127.0.0.1 and [::1] on the loopback address, else any",
            "flag": "--allow-host",
        },
    )
    proxies: tuple[str, ...] = field(
        default=(),
        metadata={
            "help": "address or network of a reverse proxy, whose Forwarded and X-Forwarded-For, "
            "-Proto, -Host, -Port and -Prefix are believed; repeatable",
            "show_default": "none",
            "flag": "--proxy",
        },
    )
    outputs: tuple[str, ...] = field(
        default=(),
        metadata={
            "help": "NAME=ADDRESS of an output (livelink://, vmc://, osc://, ws://, ndjson:) that "
            "clients may choose by its name; repeatable",
            "show_default": "none",
            "flag": "--to",
        },
    )
    root_path: str = field(
        default="",
        metadata={
            "help": "path under which a proxy shows the service, such as /a2e",
            "show_default": "none",
        },
    )
    threads: int = field(
        default_factory=cores,
        metadata={
            "help": "hops computed at once, each on one thread; a container's quota counts",
            "show_default": "the cores",
        },
    )
    limits: Limits = field(default_factory=Limits)
    face: Face = field(default_factory=Face)
    """The face where a client asks for nothing else."""

    def __post_init__(self) -> None:
        path = self.root_path.strip("/")
        object.__setattr__(self, "root_path", f"/{path}" if path else "")
        for name, parse in (
            ("cors_origins", parse_origin),
            ("allow_hosts", parse_host),
            ("proxies", lambda text: str(parse_network(text))),
        ):
            object.__setattr__(self, name, tuple(map(parse, listed(getattr(self, name)))))
        outputs = tuple(listed(self.outputs))
        names = [parse_named(output)[0] for output in outputs]
        if len(set(names)) < len(names):
            raise OptionError(f"each output has a name of its own; got {', '.join(names)}")
        object.__setattr__(self, "outputs", outputs)
        if not PREFIX.fullmatch(self.root_path):
            raise OptionError(f"root-path must be a path such as /a2e; got {self.root_path!r}")
        if self.threads < 1:
            raise OptionError(f"threads must be at least 1; got {self.threads}")
        for name, port in (("port", self.port), ("grpc", self.grpc)):
            if port is not None and not 0 <= port <= MAX_PORT:
                raise OptionError(f"{name} must be 0 to {MAX_PORT}; got {port}")
        if self.api_key is not None and not KEY.fullmatch(self.api_key):
            raise OptionError(
                "an API key must be printable ASCII without blanks; give another, such as what "
                "`openssl rand -hex 16` prints"
            )
        if not (self.api_key or self.no_auth or is_loopback(self.host)):
            raise OptionError(
                f"{self.host} can be reached from other machines: give --api-key (or "
                "A2E_API_KEY), or --no-auth if everyone who can reach it may use it"
            )
