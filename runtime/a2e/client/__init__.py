"""A client of a service's ``/ws/a2e``: a voice goes out, its frames come in; needs the extra
``client``.

    async with Client("ws://127.0.0.1:8000/ws/a2e", rate=24_000) as client:
        await client.push(pcm)
        await client.end()
        async for event in client:
            match event:
                case Frames():
                    show(event.first, event.weights)
                case Ended():
                    break
"""

from __future__ import annotations

from a2e.errors import OptionError

try:
    from a2e.client.connection import Client
except ImportError as error:
    raise OptionError(
        f"the client needs {error.name}; install a2e with its extra 'client'"
    ) from error
from a2e.client.events import Ended, Event, Frames, Interrupted, Noted, Ready

__all__ = ["Client", "Ended", "Event", "Frames", "Interrupted", "Noted", "Ready"]
