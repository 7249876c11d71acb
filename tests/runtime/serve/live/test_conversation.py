"""Back-pressure of a live conversation, in an event loop without a socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

import numpy as np
import pytest

import a2e
from a2e.serve import Limits, Settings
from a2e.serve.live.conversation import Conversation
from a2e.serve.live.protocol import LiveProtocol
from a2e.serve.service import Service

START = '{"type": "start", "rate": 16000, "post": "raw", "output": "binary"}'
PATIENCE = 0.2


def converse(scene: Callable[[Conversation], Awaitable[None]], **limits: float) -> None:
    """Runs a scene beside the computing of its conversation."""

    async def run() -> None:
        service = Service(Settings(limits=Limits(**limits)))
        await service.load()
        conversation = Conversation(service, LiveProtocol(service.access))
        conversation.receive(START)
        computing = asyncio.create_task(conversation.compute())
        try:
            async with asyncio.timeout(20):
                await scene(conversation)
        finally:
            computing.cancel()
            service.engine.close()

    asyncio.run(run())


async def speech_of(conversation: Conversation) -> np.ndarray:
    """Frames until the speech's end."""
    frames = []
    while True:
        content = (await conversation.next_reply()).content
        if isinstance(content, bytes):
            frames.append(np.frombuffer(content, "<f4", offset=16).reshape(-1, 52))
        elif json.loads(content)["type"] == "end":
            return np.concatenate(frames)


def test_frames_are_the_librarys() -> None:
    samples = (np.sin(np.arange(40_001) / 9) * 9_999).astype(np.int16)

    async def scene(conversation: Conversation) -> None:
        for part in np.array_split(samples, 7):
            conversation.receive(part.tobytes())
        conversation.receive('{"type": "end"}')
        found = await speech_of(conversation)
        assert np.array_equal(found, a2e.load().animate(samples, 16_000, post=None).weights)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(conversation.next_reply(), PATIENCE)
        assert conversation.is_idle

    converse(scene)


def test_a_client_that_sends_too_fast_waits_for_room() -> None:
    async def scene(conversation: Conversation) -> None:
        conversation.receive(bytes(2 * 16_000 * 60))
        waiting = asyncio.create_task(conversation.room())
        await asyncio.sleep(0)
        assert not waiting.done()
        conversation.receive('{"type": "reset"}')
        await waiting

    converse(scene, queue_seconds=1)


def test_a_client_that_reads_too_slowly_is_computed_slower() -> None:
    """Ten seconds of frames wait; the rest of a minute is computed when they are taken."""

    async def scene(conversation: Conversation) -> None:
        conversation.receive(bytes(2 * 16_000 * 60))
        conversation.receive('{"type": "end"}')
        unsent = -1
        while unsent != (unsent := conversation._protocol.unsent_frames) or not unsent:
            await asyncio.sleep(PATIENCE)
        assert 300 <= unsent < 306
        assert len(await speech_of(conversation)) == 1_800

    converse(scene)
