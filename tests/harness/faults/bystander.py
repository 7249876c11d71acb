"""A well-behaved client, who must not notice what others do."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import soundfile
from websockets.asyncio.client import ClientConnection

import a2e
from a2e.arrays import Floats
from a2e.data import SPEECH
from tests.harness.faults.drain import CHUNK_SECONDS, RATE
from tests.harness.faults.target import Target


@dataclass
class Bystander:
    """Speaks at the pace of speech; its frames must be the library's, bit for bit."""

    target: Target
    arrivals: list[float] = field(default_factory=list)
    """When frames came, ``time.monotonic``."""
    _frames: list[Floats] = field(default_factory=list)
    _samples: list[Floats] = field(default_factory=list)

    async def speak(self, speaking: asyncio.Event) -> str:
        """Speaks while ``speaking`` is set."""
        voice, _ = soundfile.read(SPEECH, dtype="int16")
        chunk = int(RATE * CHUNK_SECONDS)
        async with self.target.talk(rate=RATE, output="binary", seed=0) as connection:
            frames = asyncio.create_task(self._receive(connection))
            start = time.monotonic()
            while speaking.is_set():
                number = len(self._samples)
                part = np.take(voice, np.arange(chunk) + number * chunk, mode="wrap")
                self._samples.append(part)
                await connection.send(part.tobytes())
                await asyncio.sleep(start + (number + 1) * CHUNK_SECONDS - time.monotonic())
            await connection.send('{"type": "end"}')
            await frames
        expected = a2e.load().animate(np.concatenate(self._samples), RATE, seed=0).weights
        weights = np.concatenate(self._frames)
        assert np.array_equal(weights, expected), "its frames differ from the library's"
        gap = np.ceil(self.longest_gap() * 10) / 10
        return (
            f"{len(weights)} frames, bit-equal to the library's, never more than {gap:.1f} s apart"
        )

    def longest_gap(self) -> float:
        """The longest time between two messages of frames, seconds."""
        return max((b - a for a, b in pairwise(self.arrivals)), default=0.0)

    async def _receive(self, connection: ClientConnection) -> None:
        async for message in connection:
            if isinstance(message, bytes):
                self.arrivals.append(time.monotonic())
                self._frames.append(np.frombuffer(message, "<f4", offset=16).reshape(-1, 52))
            elif json.loads(message)["type"] == "end":
                break
