"""``a2e.livekit`` in a real agent's session, into a sound card of the SDK's own type.

There is no LiveKit server: no room is joined, and what would go to it is caught before it leaves.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from livekit.agents import Agent, AgentSession
from livekit.agents.voice.io import AudioOutput

from a2e.binary_frames import BinaryFrames, unpack_frames
from a2e.livekit import FACE_TOPIC, NAMES_TOPIC, AvatarSession, FaceOutput
from examples.livekit_face import Card, EspeakTTS
from tests.integration.service import Service, service

pytestmark = pytest.mark.skipif(
    shutil.which("espeak-ng") is None, reason="there is no espeak-ng to speak with"
)
SENTENCE = "Good morning, my name is Bob and I am pleased to meet you."
OTHER = "Why, I have been standing here for hours."
SECONDS = 60
FPS = 30


@pytest.fixture(scope="module")
def served() -> Iterator[Service]:
    with service("--max-streams", 8) as found:
        yield found


class Noted(Card):
    """A card that notes when each sound of a segment is heard, and what of it came."""

    def __init__(self) -> None:
        super().__init__()
        self.segments: list[float] = []
        """When each began."""
        self.sounds: list[tuple[float, float]] = []
        """When each piece came, and its seconds."""
        self.cleared: list[float] = []
        """When it was told to be silent."""

    def clear_buffer(self) -> None:
        self.cleared.append(time.time())
        super().clear_buffer()

    async def capture_frame(self, frame: Any) -> None:
        is_first = self.started is None
        await super().capture_frame(frame)
        if is_first and self.started is not None:
            self.segments.append(self.started)
        self.sounds.append((time.time(), frame.duration))


class Room:
    """Whoever takes packets: when, and what."""

    def __init__(self) -> None:
        self.packets: list[tuple[float, BinaryFrames]] = []
        self.names: list[dict[str, Any]] = []

    async def send(self, topic: str, payload: bytes) -> None:
        if topic == FACE_TOPIC:
            self.packets.append((time.time(), unpack_frames(payload)))
        else:
            assert topic == NAMES_TOPIC
            self.names.append(json.loads(payload))


def talk(
    url: str, scene: Callable[[AgentSession[None]], Awaitable[None]], **options: Any
) -> tuple[Noted, Room, FaceOutput]:
    """A session of an agent that has nothing but a voice and a face."""

    async def run() -> tuple[Noted, Room, FaceOutput]:
        card, room = Noted(), Room()
        session: AgentSession[None] = AgentSession(tts=EspeakTTS())
        face = FaceOutput(url, room.send, next_in_chain=card, seed=7, **options)
        session.output.audio = face
        async with asyncio.timeout(SECONDS):
            await session.start(Agent(instructions=""))
            await scene(session)
            await session.aclose()
            await face.aclose()
        return card, room, face

    return asyncio.run(run())


def heard(card: Noted, position: float) -> float:
    """When a position of a card's only segment is heard: audio that comes late is heard late."""
    end, start = card.segments[0], 0.0
    for at, seconds in card.sounds:
        begin = max(end, at) if start else end
        if start + seconds > position:
            return begin + position - start
        end, start = begin + seconds, start + seconds
    raise AssertionError(f"no audio at {position}")


def check_in_time(card: Noted, room: Room) -> None:
    """Frames go out before their audio is heard, hardly sooner, and none is missing."""
    due = 0
    for at, frames in room.packets:
        assert frames.first == due
        assert -0.2 < at - heard(card, frames.first / FPS) < 0
        due += len(frames.weights)
    assert due == int(np.ceil(sum(seconds for _, seconds in card.sounds) * FPS - 1e-4))


def test_a_sentence_comes_with_its_face(served: Service) -> None:
    async def scene(session: AgentSession[None]) -> None:
        await session.say(SENTENCE)

    card, room, _ = talk(served.live, scene)
    assert sum(seconds for _, seconds in card.sounds) > 2
    check_in_time(card, room)
    (names,) = room.names
    assert (len(names["names"]), names["fps"]) == (52, FPS)
    jaw = names["names"].index("jawOpen")
    assert max(frames.weights[:, jaw].max() for _, frames in room.packets) > 0.1


def test_an_interruption(served: Service) -> None:
    """No frame of the cut speech goes out after it, and the next one begins in time."""

    async def scene(session: AgentSession[None]) -> None:
        handle = session.say(" ".join([SENTENCE] * 3))
        await asyncio.sleep(2)
        await session.interrupt()
        await handle
        assert handle.interrupted
        await session.say(OTHER)

    card, room, _ = talk(served.live, scene)
    cut = card.cleared[0]
    old = {frames.speech for at, frames in room.packets if at < cut}
    later = [(at, frames) for at, frames in room.packets if at > cut]
    assert old
    assert later
    assert not old & {frames.speech for _, frames in later}
    assert len(card.segments) == len(room.names) == 2
    first = next(at for at, frames in later if frames.first == 0)
    assert first < card.segments[1]


def test_without_a_service_the_agent_speaks_on() -> None:
    async def scene(session: AgentSession[None]) -> None:
        await session.say(SENTENCE)

    card, room, face = talk("ws://127.0.0.1:1/ws/a2e", scene)
    assert sum(seconds for _, seconds in card.sounds) > 2
    assert not room.packets
    assert "Is a2e serve running there?" in str(face.failure)


def test_a_service_that_dies_costs_no_audio() -> None:
    with service() as served:

        async def scene(session: AgentSession[None]) -> None:
            handle = session.say(" ".join([SENTENCE] * 2))
            await asyncio.sleep(1)
            served.kill()
            await handle

        card, room, _ = talk(served.live, scene, patience=0.5)
    assert sum(seconds for _, seconds in card.sounds) > 5
    assert room.packets


def test_an_avatar_session_takes_the_agents_output(served: Service) -> None:
    """What it would publish are data packets of the agent's own participant."""

    class Participant:
        def __init__(self) -> None:
            self.published: list[tuple[str, bool]] = []

        async def publish_data(self, payload: bytes, *, topic: str, reliable: bool) -> None:
            self.published.append((topic, reliable))

    class Joined:
        local_participant = Participant()

    async def run() -> None:
        session: AgentSession[None] = AgentSession(tts=EspeakTTS())
        session.output.audio = Card()
        await session.start(Agent(instructions=""))
        avatar = AvatarSession(served.live, mood={"joy": 0.5})
        await avatar.start(session, Joined())
        assert isinstance(session.output.audio, AudioOutput)
        await session.say("Yes.")
        await session.aclose()
        await avatar.aclose()

    asyncio.run(run())
    published = Joined.local_participant.published
    assert published[0] == (NAMES_TOPIC, True)
    assert (FACE_TOPIC, False) in published


def test_the_example(served: Service, tmp_path: Path) -> None:
    output = tmp_path / "face.ndjson"
    command = [sys.executable, "-m", "examples.livekit_face", "Good morning.", "-o", output]
    subprocess.run([*command, "--url", served.live], check=True, timeout=SECONDS)
    lines = [json.loads(line) for line in output.read_text().splitlines()]
    assert lines[0]["topic"] == NAMES_TOPIC
    assert sum(len(line["weights"]) for line in lines[1:]) >= 15
