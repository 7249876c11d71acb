"""Carriers take payloads away. Each is used by its output's thread, and only that may wait.

What goes wrong is told once, in a line, and nothing stops.
"""

from __future__ import annotations

import errno
import io
import os
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from a2e.errors import OptionError
from a2e.files import standard_output, whole_file
from a2e.outputs.address import Address
from a2e.outputs.encoder import Payload

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

Tell: TypeAlias = Callable[[str], None]
"""Takes a line for whoever runs the program."""

DIAL_SECONDS = 2.0
"""How long a WebSocket's server has to answer."""
CLOSE_SECONDS = 1.0
"""How long it has to say goodbye."""
AGAIN_SECONDS = 1.0
"""Between two dials."""
STANDARD = "-"


class Carrier:
    """Where an output's payloads go."""

    keeps_all: ClassVar[bool] = False
    """Whether frames that are long late still go."""
    failure: OSError | None = None
    """What ended it for good."""

    def open(self) -> None:
        """What may take time before the first payload."""

    def send(self, payloads: Sequence[Payload], greeting: Sequence[Payload]) -> bool:
        """Sends a frame's payloads, before them ``greeting`` where the receiver doesn't know it;
        False where they were lost."""
        raise NotImplementedError

    def abandon(self) -> None:
        """Ends a ``send`` that another thread still waits in, as far as can be."""

    def discard(self) -> None:
        """Ends it, and leaves no file."""
        self.close()

    def close(self) -> None:
        """Ends it; raises ``OSError`` or :class:`a2e.errors.OptionError` for what is not whole."""
        raise NotImplementedError


class Datagrams(Carrier):
    """UDP to one receiver. Raises :class:`a2e.errors.OptionError` for an unknown host."""

    def __init__(self, address: Address, tell: Tell) -> None:
        family, place = resolve(address)
        self._tell = tell
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        self._socket.setblocking(False)
        try:
            self._socket.connect(place)
        except OSError as error:
            self._socket.close()
            raise OptionError(f"can't send to {address.text}: {error.strerror}") from error
        self._told: set[int | None] = set()

    def send(self, payloads: Sequence[Payload], greeting: Sequence[Payload]) -> bool:
        lost = [payload for payload in payloads if not self._send(payload)]
        return not lost

    def close(self) -> None:
        self._socket.close()

    def _send(self, payload: Payload) -> bool:
        assert isinstance(payload, bytes)
        try:
            self._socket.send(payload)
        except ConnectionRefusedError as error:  # of a datagram before: this one was not sent
            self._trouble(error)
            with suppress(OSError):
                self._socket.send(payload)
            return False
        except OSError as error:  # no network, or no room for another datagram
            self._trouble(error)
            return False
        return True

    def _trouble(self, error: OSError) -> None:
        if error.errno not in self._told:
            self._told.add(error.errno)
            refused = error.errno == errno.ECONNREFUSED
            reason = "nobody listens there (yet)" if refused else error.strerror
            self._tell(f"{reason}; frames go on being sent")


def resolve(address: Address) -> tuple[int, Any]:
    """The family and the place of a host; raises :class:`a2e.errors.OptionError`."""
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "no name of a host"
        raise OptionError(
            f"can't find the host {address.host[:80]!r} of {address.text[:80]}: {reason}; correct "
            "it, or give its number"
        ) from None
    return found[0][0], found[0][4]


class WebSocketDial(Carrier):
    """A WebSocket that dials, and dials again when it was lost.

    Raises :class:`a2e.errors.OptionError` for an unknown host, and without websockets.
    """

    def __init__(self, address: Address, tell: Tell) -> None:
        try:
            import websockets.sync.client  # noqa: F401
        except ImportError as error:
            raise OptionError(
                f"{address.scheme}:// needs {error.name}; install a2e with its extra 'live'"
            ) from error
        resolve(address)
        self._url = address.text
        self._tell = tell
        self._open = ExitStack()  # the connection, which closes within
        self._connection: ClientConnection | None = None
        self._greeted: Sequence[Payload] | None = None
        self._next_dial = 0.0
        self._trouble = ""

    def open(self) -> None:
        self._dial()

    def send(self, payloads: Sequence[Payload], greeting: Sequence[Payload]) -> bool:
        if self._connection is None:
            self._dial()
        if self._connection is None:
            return False
        from websockets.exceptions import ConnectionClosed

        try:
            if self._greeted is not greeting:
                self._send(greeting)
                self._greeted = greeting
            self._send(payloads)
        except (ConnectionClosed, OSError):
            self._lose("the connection was lost")
            return False
        return True

    def abandon(self) -> None:
        if self._connection is not None:
            with suppress(OSError):
                self._connection.socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._open.close()

    def _send(self, payloads: Sequence[Payload]) -> None:
        """Sends, and drops what the other side says; raises ``ConnectionClosed``."""
        assert self._connection is not None
        for payload in payloads:
            self._connection.send(payload)
        with suppress(TimeoutError):
            while True:
                self._connection.recv(timeout=0)

    def _dial(self) -> None:
        from websockets.exceptions import WebSocketException
        from websockets.sync.client import connect

        if time.monotonic() < self._next_dial:
            return
        try:
            dialled = connect(
                self._url,
                open_timeout=DIAL_SECONDS,
                close_timeout=CLOSE_SECONDS,
                compression=None,
            )
            self._connection = self._open.enter_context(dialled)
        except (OSError, WebSocketException) as error:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            self._lose(f"no connection ({reason})")
        else:
            if self._trouble:
                self._tell("connected")
            self._trouble = ""

    def _lose(self, trouble: str) -> None:
        self._connection = self._greeted = None
        self._open.close()
        self._next_dial = time.monotonic() + AGAIN_SECONDS
        if not self._trouble:
            self._tell(f"{trouble}; it is dialled again")
        self._trouble = trouble


class _DiscardedError(Exception):
    """A file is not to be kept."""


class Pipe(Carrier):
    """A file that appears when it is whole, or standard output as the lines come.

    Raises :class:`a2e.errors.OptionError` where none can be made.
    """

    keeps_all = True

    def __init__(self, address: Address, tell: Tell) -> None:
        self._tell = tell
        self._open = ExitStack()
        self._greeted: Sequence[Payload] | None = None
        if address.path == STANDARD:
            number = standard_output().fileno()
            self._file: io.RawIOBase = io.FileIO(number, "wb", closefd=False)
        else:
            file = self._open.enter_context(whole_file(address.path))
            self._file = file.raw  # type: ignore[attr-defined]  # closed though a write waits

    def send(self, payloads: Sequence[Payload], greeting: Sequence[Payload]) -> bool:
        if self.failure is not None:
            return False
        known = self._greeted is greeting
        self._greeted = greeting
        try:
            for payload in payloads if known else (*greeting, *payloads):
                assert isinstance(payload, bytes)
                self._write(payload)
        except OSError as error:
            self.failure = error
            self._tell(f"{error.strerror}; it gets no more frames")
            return False
        return True

    def close(self) -> None:
        if isinstance(self.failure, BrokenPipeError) and self._file.fileno() == 1:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno())  # type: ignore[union-attr]
        with self._open:
            if self.failure is not None:
                raise self.failure

    def discard(self) -> None:
        with suppress(_DiscardedError), self._open:
            raise _DiscardedError

    def _write(self, content: bytes) -> None:
        while content:
            content = content[self._file.write(content) or 0 :]
