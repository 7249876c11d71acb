"""What a client is told when it can't have what it asks for: a code, a message, and how it ends.

======================  ======  =====  =======================================================
code                    HTTP    close  when
======================  ======  =====  =======================================================
``bad_request``         400     1003   a message, field or option that can't be understood
``bad_audio``           400     1007   samples or files that can't be speech
``bad_key``             401     1008   the API key is missing or wrong
``bad_origin``          403     1008   a web page of another origin
``taken``               409     1008   another client feeds this motion stream
``idle``                408     1008   nothing came for too long
``slow_reader``         408     1008   the client does not take what it is sent
``too_big``             413     1009   a body, message or clip beyond the limit
``too_many_streams``    503     1013   the limit of streams is reached
``loading``             503     1013   the model is not loaded yet
``restarting``          503     1012   the service is about to stop
``internal``            500     1011   our fault
======================  ======  =====  =======================================================
"""

from __future__ import annotations

from typing import NamedTuple

from a2e.errors import A2EError, AudioError, OptionError


class Ending(NamedTuple):
    """How a refusal ends the exchange."""

    status: int
    """Of an HTTP answer."""
    close: int
    """Of a WebSocket."""


ENDINGS = {
    "bad_request": Ending(400, 1003),
    "bad_audio": Ending(400, 1007),
    "bad_key": Ending(401, 1008),
    "bad_origin": Ending(403, 1008),
    "taken": Ending(409, 1008),
    "idle": Ending(408, 1008),
    "slow_reader": Ending(408, 1008),
    "too_big": Ending(413, 1009),
    "too_many_streams": Ending(503, 1013),
    "loading": Ending(503, 1013),
    "restarting": Ending(503, 1012),
    "internal": Ending(500, 1011),
}


class RefusedError(A2EError):
    """Ends one client's request or connection; ``code`` is a key of ``ENDINGS``."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.ending = ENDINGS[code]


def refusal_of(error: BaseException) -> RefusedError:
    """The refusal that tells the client of ``error``; what is not its fault is told as ours."""
    if isinstance(error, RefusedError):
        return error
    if isinstance(error, AudioError):
        return RefusedError("bad_audio", str(error))
    if isinstance(error, OptionError):
        return RefusedError("bad_request", str(error))
    return RefusedError("internal", "the service failed at this; it is logged. Try again")
