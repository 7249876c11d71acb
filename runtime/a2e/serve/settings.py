"""What a service is started with."""

from __future__ import annotations

import ipaddress
import os
import re
from argparse import Namespace
from dataclasses import dataclass, field, fields
from pathlib import Path

from a2e.errors import OptionError
from a2e.post import Controls, Live, Post
from a2e.styles import Style

MIB = 1 << 20
KEY = re.compile(r"[!-~]+")
CGROUP_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach ``host``."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def cores() -> int:
    """Processor cores that this process may use, as its affinity and its container allow."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    try:
        quota, period = CGROUP_QUOTA.read_text().split()
        return max(1, min(allowed or 1, int(quota) // int(period)))
    except (OSError, ValueError):  # no such file, or "max"
        return allowed or 1


@dataclass(frozen=True)
class Limits:
    """What one client, and all of them together, may ask for."""

    max_streams: int | None = None
    """Live streams at once; None is what this machine keeps up with, measured at start."""
    max_sessions: int = 64
    """REST sessions remembered at once."""
    max_waiting: int = 32
    """REST requests that may wait for their turn."""
    max_seconds: float = 300
    """Longest audio of one REST request."""
    max_body: int = 16 * MIB
    """Largest REST body, bytes."""
    max_message: int = MIB
    """Largest WebSocket message, bytes."""
    queue_seconds: float = 30
    """Audio that may wait in one live stream; beyond it the socket is not read."""
    idle_timeout: float = 300
    """Seconds without a message that end a stream or a session."""
    send_timeout: float = 10
    """Seconds that a client may take nothing of what it is sent."""
    ping_interval: float = 20
    """Seconds between two pings; who answers none for twice as long is gone."""
    drain_seconds: float = 5
    """Seconds that speeches have to end by themselves when the service is told to stop."""

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value is not None and value <= 0:
                raise OptionError(f"{name.replace('_', '-')} must be more than 0; got {value}")


@dataclass(frozen=True)
class Face:
    """What a face is made with where a client does not say."""

    style: Style | None = None
    post: Post | None = field(default_factory=Live)
    controls: Controls = field(default_factory=Controls)
    seed: int | None = None


@dataclass(frozen=True)
class Settings:
    """A service's settings; raises :class:`a2e.errors.OptionError` for those that can't be."""

    model: Path | None = None
    """A model file; None is the bundled one."""
    host: str = "127.0.0.1"
    port: int = 8000
    api_key: str | None = None
    """What clients must show; None is for everyone."""
    no_auth: bool = False
    """Serve other machines without a key."""
    cors_origins: tuple[str, ...] = ()
    """Origins of web pages that may use the service, besides its own; ``*`` is any."""
    threads: int = field(default_factory=cores)
    """Hops computed at once, each on one thread."""
    limits: Limits = field(default_factory=Limits)
    face: Face = field(default_factory=Face)

    def __post_init__(self) -> None:
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


def settings_of(
    options: Namespace, style: Style | None, post: Post | None, controls: Controls
) -> Settings:
    """The settings that ``a2e serve``'s options ask for; raises ``OptionError``."""
    limits = {field.name: getattr(options, field.name) for field in fields(Limits)}
    return Settings(
        model=options.model,
        host=options.host,
        port=options.port,
        api_key=options.api_key or os.environ.get("A2E_API_KEY") or None,
        no_auth=options.no_auth,
        cors_origins=tuple(options.cors_origin),
        threads=cores() if options.threads is None else options.threads,
        limits=Limits(**{name: value for name, value in limits.items() if value is not None}),
        face=Face(style, post, controls, options.seed),
    )
