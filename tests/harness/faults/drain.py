"""A client that speaks to a server which is being stopped."""

from __future__ import annotations

import asyncio
import json

import numpy as np
from websockets.exceptions import ConnectionClosed

from tests.harness.faults.target import Target

CHUNK_SECONDS = 0.1
RATE = 16_000


async def until_stopped(target: Target, *, ends: bool) -> int:
    """Speaks until the server ends the speech and closes; the frames that came.

    With ``ends`` the client ends its speech itself after a second.
    """
    frames = 0
    end = None
    async with target.talk(rate=RATE) as connection:

        async def send() -> None:
            for number in range(100):
                if ends and number == 10:
                    await connection.send('{"type": "end"}')
                    return
                await connection.send(bytes(2 * int(RATE * CHUNK_SECONDS)))
                await asyncio.sleep(CHUNK_SECONDS)

        sending = asyncio.create_task(send())
        try:
            async for message in connection:
                answer = json.loads(message)
                if answer["type"] == "frames":
                    assert answer["first"] == frames
                    frames += len(answer["weights"])
                end = answer if answer["type"] == "end" else end
        except ConnectionClosed:
            pass
        sending.cancel()
    assert end is not None, "expected an end message"
    assert end["frames"] == frames == np.ceil(end["seconds"] * 30)
    assert connection.close_code == 1012, connection.close_code
    return frames
