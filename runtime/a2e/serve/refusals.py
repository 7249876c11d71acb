"""Refusals: what ends one client's request or connection, and how the client sees it."""

from __future__ import annotations

from typing import NamedTuple

from a2e.errors import A2EError, AudioError, OptionError


class Ending(NamedTuple):
    """How a refusal ends the exchange."""

    status: int | None
    """Of an HTTP answer; None where only WebSockets can meet it."""
    close: int
    """Of a WebSocket."""
    cause: str
    remedy: str
    """For the client."""
    grpc: str | None = None
    """Status code of a gRPC call; None where none can meet it."""


ENDINGS = {
    "bad_request": Ending(
        400,
        1003,
        "a message, field or option that can't be",
        "correct what the message names",
        "INVALID_ARGUMENT",
    ),
    "bad_audio": Ending(
        400,
        1007,
        "NaN, floats that were never scaled, a rate or a file that can't be",
        "correct the audio or what it is called",
        "INVALID_ARGUMENT",
    ),
    "bad_key": Ending(
        401,
        1008,
        "no key or a wrong one",
        "send the service's API key",
        "UNAUTHENTICATED",
    ),
    "bad_host": Ending(
        403, 1008, "a Host that is not the service's name", "ask for `--allow-host`"
    ),
    "bad_origin": Ending(403, 1008, "a page of another origin", "ask for `--cors-origin`"),
    "taken": Ending(
        None, 1008, "somebody else feeds this motion stream or output", "take another, or wait"
    ),
    "idle": Ending(
        408,
        1008,
        "nothing came for `--idle-timeout`, no key within 10 s, or a body is too slow",
        "connect again to go on",
        "DEADLINE_EXCEEDED",
    ),
    "slow_reader": Ending(
        None,
        1008,
        "the client took nothing for `--send-timeout`, or too many frames wait for a renderer",
        "read all the time; connect again",
        "ABORTED",
    ),
    "too_big": Ending(
        413,
        1009,
        "a message, body or clip beyond its limit",
        "send less at once",
        "INVALID_ARGUMENT",
    ),
    "too_many_streams": Ending(
        503,
        1013,
        "a limit of streams, sessions, requests or renderers",
        "try again later",
        "RESOURCE_EXHAUSTED",
    ),
    "loading": Ending(
        503,
        1013,
        "the model is not loaded yet; a WebSocket waits two seconds for it",
        "try again in a second",
        "UNAVAILABLE",
    ),
    "failed": Ending(
        503,
        1011,
        "the model could not be loaded; the log says why",
        "tell who runs the service",
        "UNAVAILABLE",
    ),
    "bad_frames": Ending(
        500,
        1011,
        "the model gave NaN or infinity",
        "tell who runs the service: its model is broken",
        "INTERNAL",
    ),
    "restarting": Ending(
        503,
        1012,
        "the service is about to stop",
        "connect again",
        "UNAVAILABLE",
    ),
    "internal": Ending(
        500,
        1011,
        "our fault; the log has the place",
        "try again; report it",
        "INTERNAL",
    ),
}
"""By their codes."""


MAX_MESSAGE = 400
"""Characters of a message: it may repeat what a client sent."""


def shorten_message(message: str) -> str:
    """The message, without its middle where it is too long: its end says what to do."""
    if len(message) <= MAX_MESSAGE:
        return message
    half = MAX_MESSAGE // 2
    return f"{message[:half]}…{message[-half:]}"


class RefusalError(A2EError):
    """Ends one client's request or connection; ``code`` is a key of ``ENDINGS``."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(shorten_message(message))
        self.code = code
        self.ending = ENDINGS[code]


def refusal_of(error: BaseException) -> RefusalError:
    """The refusal for ``error``; one that is not the client's fault is ``internal``."""
    if isinstance(error, RefusalError):
        return error
    if isinstance(error, AudioError):
        return RefusalError("bad_audio", str(error))
    if isinstance(error, OptionError):
        return RefusalError("bad_request", str(error))
    return RefusalError("internal", "the service failed at this; it is logged. Try again")
