"""Places that clients share: none takes all of them, and whoever waits too long makes room."""

from __future__ import annotations

import asyncio
import ipaddress
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from a2e.serve.refusals import RefusalError

NUMERATOR, DENOMINATOR = 3, 4
"""Of the places that others leave, one client may have three quarters."""
PREFIX_BITS = 64
"""Of an IPv6 address: a client has all addresses that begin with them."""


def client_of(address: str) -> str:
    """What addresses of one client have in common."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, PREFIX_BITS), strict=False))


class Shares:
    """A number of places, counted by client."""

    def __init__(self, limit: int, name: str, remedy: str) -> None:
        self._limit = limit
        self._name = name
        self._remedy = remedy
        self._counts: Counter[str] = Counter()

    def check(self, client: str, count: int = 1) -> None:
        """Raises ``RefusalError`` if a client may not have ``count`` more places."""
        total, own = self._counts.total() + count - 1, self._counts[client] + count - 1
        left = self._limit - (total - own)  # by others
        share = -(-left * NUMERATOR // DENOMINATOR)
        if total >= self._limit or own >= share:
            most = f"{share} of one client" if total < self._limit else f"{self._limit}"
            raise RefusalError(
                "too_many_streams",
                f"expected at most {most} {self._name} at once, and so many go on; {self._remedy}",
            )

    def take(self, client: str, count: int = 1) -> None:
        """Takes places; raises ``RefusalError``."""
        self.check(client, count)
        self._counts[client] += count

    def give_back(self, client: str, count: int = 1) -> None:
        """Frees places."""
        self._counts[client] -= count
        if self._counts[client] <= 0:
            del self._counts[client]

    @contextmanager
    def place(self, client: str) -> Iterator[None]:
        """A place while it lasts; raises ``RefusalError``."""
        self.take(client)
        try:
            yield
        finally:
            self.give_back(client)


class Waiting:
    """Connections that wait for a client's first word; too many end the oldest of who has most."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._clients: dict[asyncio.Timeout, str] = {}

    @contextmanager
    def place(self, timeout: asyncio.Timeout, client: str) -> Iterator[None]:
        """A place while it lasts; ``timeout`` expires at once if another needs it."""
        self._clients[timeout] = client
        if len(self._clients) > self._limit:
            self._evict()
        try:
            yield
        finally:
            self._clients.pop(timeout, None)

    def _evict(self) -> None:
        counts = Counter(self._clients.values())
        oldest = max(self._clients, key=lambda timeout: counts[self._clients[timeout]])
        del self._clients[oldest]
        with suppress(RuntimeError):  # its time was over anyway
            oldest.reschedule(asyncio.get_running_loop().time())
