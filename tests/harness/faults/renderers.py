"""Faults of renderers and feeders of motion streams."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.harness.faults.target import SECOND, Target, expect, fault, frames_in, raw_client, sends


@fault("a half-open socket: no answer to pings")
async def half_open(target: Target) -> str:
    renderers = await target.metric("a2e_renderers")
    client = raw_client(target, "/ws/lam_data_stream/half-open")
    await target.becomes("a2e_renderers", renderers + 1)
    await target.becomes("a2e_renderers", renderers)
    client.close()
    return "left when two ping intervals brought no answer"


@fault("a renderer that does not read")
async def slow_renderer(target: Target) -> str:
    renderers = await target.metric("a2e_renderers")
    client = raw_client(target, "/ws/lam_data_stream/slow")
    await target.becomes("a2e_renderers", renderers + 1)
    async with target.talk(motion="slow", output="binary") as connection:
        frames = 0
        for _ in range(6):
            for _ in range(10):
                await connection.send(SECOND.tobytes())
            await connection.send('{"type": "end"}')
            async for message in connection:
                if isinstance(message, bytes):
                    frames += frames_in(message)
                elif json.loads(message)["type"] == "end":
                    break
        assert frames == 6 * 300
        await target.becomes("a2e_renderers", renderers)
    client.close()
    return "slow_reader, close 1008; its feeder had all frames"


@fault("a renderer that sends no JSON")
async def renderer_json(target: Target) -> str:
    async with target.connect("/ws/lam_data_stream/x") as connection:
        await connection.send("{no json")
        assert len([message async for message in quietly(connection)]) == 1, "the definition"
        return expect(f"close {connection.close_code}", "close 1003")


async def quietly(connection: ClientConnection) -> AsyncIterator[str | bytes]:
    """Messages until the end, whatever ends them."""
    try:
        async for message in connection:
            yield message
    except ConnectionClosed:
        pass


@fault("a second feeder of a motion stream")
async def second_feeder(target: Target) -> str:
    async with target.talk(motion="one") as first:
        await first.recv()
        return await sends(target, "taken, close 1008", motion="one")
