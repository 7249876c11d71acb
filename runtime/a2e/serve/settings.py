"""The settings of a service: each option, its default and its help text in one place.

A field's metadata hold ``help``; for its documentation also ``show_default``, the default in words,
and ``flag``, the option's name where it is not the field's. This module loads neither numpy nor the
service's libraries.
"""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from a2e.errors import OptionError
from a2e.options import Face

MIB = 1 << 20
KEY = re.compile(r"[!-~]+")
CGROUPS = Path("/sys/fs/cgroup")
OWN_CGROUPS = Path("/proc/self/cgroup")
ORIGIN = re.compile(r"(https?)://([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}|\*))?")
HOST = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?")
PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")
DEFAULT_PORTS = {"http": "80", "https": "443"}
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach ``host``."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def cores() -> int:
    """Processor cores that this process may use, as its affinity and its container allow."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min([allowed or 1, *_quotas(CGROUPS, OWN_CGROUPS)]))


def _quotas(mount: Path, own: Path) -> list[int]:
    """Whole cores that the control groups of this process allow it, versions 1 and 2."""
    try:
        lines = [line.split(":", 2) for line in own.read_text().splitlines()]
    except OSError:
        lines = []
    folders = {mount: None, mount / "cpu": None, mount / "cpu,cpuacct": None}
    for _, controllers, path in (line for line in lines if len(line) == 3):
        if controllers and "cpu" not in controllers.split(","):
            continue
        for root in [mount / controllers, mount / "cpu"] if controllers else [mount]:
            place = root / path.lstrip("/")
            folders.update(dict.fromkeys([place, *place.parents]))
    within = (folder for folder in folders if folder == mount or mount in folder.parents)
    return [quota for folder in within for quota in [_quota(folder)] if quota is not None]


def _quota(folder: Path) -> int | None:
    """Whole cores that one control group allows; None where it sets no limit."""
    try:
        if (folder / "cpu.max").exists():
            quota, period = (folder / "cpu.max").read_text().split()
        else:
            quota = (folder / "cpu.cfs_quota_us").read_text()
            period = (folder / "cpu.cfs_period_us").read_text()
        return max(1, int(quota) // int(period)) if int(quota) > 0 else None
    except (OSError, ValueError, ZeroDivisionError):  # no such file, or "max"
        return None


def parse_origin(text: str) -> str:
    """An origin as browsers send it, without a default port; ``*`` may stand for it, or its port.

    Raises :class:`a2e.errors.OptionError`.
    """
    if text == "*":
        return text
    match = ORIGIN.fullmatch(text.lower().rstrip("/"))
    if match is None:
        raise OptionError(
            f"--cors-origin is a page's scheme, host and port, such as http://localhost:5173 or "
            f"http://localhost:*, or *; got {text!r}"
        )
    scheme, host, port = match.groups()
    return f"{scheme}://{host}" + (f":{port}" if port and port != DEFAULT_PORTS[scheme] else "")


def parse_host(text: str) -> str:
    """A host name without its port; raises :class:`a2e.errors.OptionError`."""
    match = HOST.fullmatch(text.lower().rstrip("."))
    if match is None:
        raise OptionError(f"--allow-host is a name or address, such as a2e.example; got {text!r}")
    return match[1]


def parse_network(text: str) -> Network:
    """An address or a network of proxies; raises :class:`a2e.errors.OptionError`."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise OptionError(
            f"--proxy is an address or a network, such as 10.0.0.5 or 172.16.0.0/12; got {text!r}"
        ) from None


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
        default=300, metadata={"help": "seconds of audio in one REST request"}
    )
    max_body: int = field(
        default=16 * MIB, metadata={"help": "bytes of one REST request", "show_default": "16 MiB"}
    )
    max_message: int = field(
        default=MIB, metadata={"help": "bytes of one WebSocket message", "show_default": "1 MiB"}
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
        default=75,
        metadata={"help": "seconds that an HTTP connection is kept for another request"},
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
            if value is not None and value <= 0:
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
            "help": "name by which the service may be asked; repeatable",
            "show_default": "localhost, 127.0.0.1 and [::1] on the loopback address, else any",
            "flag": "--allow-host",
        },
    )
    proxies: tuple[str, ...] = field(
        default=(),
        metadata={
            "help": "address or network of a reverse proxy, whose Forwarded and X-Forwarded-For, "
            "-Proto, -Host and -Prefix are believed; repeatable",
            "show_default": "none",
            "flag": "--proxy",
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
        object.__setattr__(self, "root_path", self.root_path.rstrip("/"))
        object.__setattr__(self, "cors_origins", tuple(map(parse_origin, self.cors_origins)))
        object.__setattr__(self, "allow_hosts", tuple(map(parse_host, self.allow_hosts)))
        for proxy in self.proxies:
            parse_network(proxy)
        if not PREFIX.fullmatch(self.root_path):
            raise OptionError(f"root-path must be a path such as /a2e; got {self.root_path!r}")
        if self.threads < 1:
            raise OptionError(f"threads must be at least 1; got {self.threads}")
        if not 0 <= self.port <= 65_535:
            raise OptionError(f"port must be 0 to 65535; got {self.port}")
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
