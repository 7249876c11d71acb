"""A LiveKit agent that says what it is told, with a face; nobody needs a LiveKit server for it.

    pip install 'a2e[livekit]'
    a2e serve &
    python examples/livekit_face.py "Good morning. How are you?" -o face.ndjson

A real agent joins a room, where `AvatarSession(url).start(session, ctx.room)` sends its face. Here
espeak-ng speaks into a sound card that isn't there, and the packets go to a file.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import time
import wave
from typing import Any

from livekit import rtc
from livekit.agents import DEFAULT_API_CONNECT_OPTIONS, Agent, AgentSession, APIConnectOptions, tts
from livekit.agents.voice import io as voice_io

from a2e.binary_frames import unpack_frames
from a2e.livekit import FACE_TOPIC, FaceOutput

RATE = 22_050
"""Of espeak-ng's voices, Hz."""


class EspeakTTS(tts.TTS):
    """Speaks by espeak-ng."""

    def __init__(self) -> None:
        capabilities = tts.TTSCapabilities(streaming=False)
        super().__init__(capabilities=capabilities, sample_rate=RATE, num_channels=1)

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        return EspeakStream(tts=self, input_text=text, conn_options=conn_options)


class EspeakStream(tts.ChunkedStream):
    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        process = await asyncio.create_subprocess_exec(
            *("espeak-ng", "--stdout", self.input_text), stdout=asyncio.subprocess.PIPE
        )
        data, _ = await process.communicate()
        with wave.open(io.BytesIO(data)) as file:
            audio = file.readframes(len(data))
        output_emitter.initialize(
            request_id="espeak", sample_rate=RATE, num_channels=1, mime_type="audio/pcm"
        )
        output_emitter.push(audio)
        output_emitter.flush()


class Card(voice_io.AudioOutput):
    """A sound card that plays in real time, and is not there."""

    def __init__(self) -> None:
        capabilities = voice_io.AudioOutputCapabilities(pause=False)
        super().__init__(label="card", capabilities=capabilities, sample_rate=RATE)
        self.started: float | None = None
        """When the segment's first sound was heard."""
        self.captured = 0.0
        self._playing: asyncio.Task[None] | None = None

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)
        if self.started is None:
            self.started = time.time()
            self.on_playback_started(created_at=self.started)
        self.captured += frame.duration

    def flush(self) -> None:
        super().flush()
        if self.started is not None:
            self._playing = asyncio.get_running_loop().create_task(self._play())

    def clear_buffer(self) -> None:
        if self._playing is not None:
            self._playing.cancel()
        if self.started is not None:
            self._finish(min(self.captured, time.time() - self.started), interrupted=True)

    async def _play(self) -> None:
        assert self.started is not None
        await asyncio.sleep(self.started + self.captured - time.time())
        self._finish(self.captured, interrupted=False)

    def _finish(self, position: float, *, interrupted: bool) -> None:
        self.started, self.captured = None, 0.0
        self.on_playback_finished(playback_position=position, interrupted=interrupted)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("text", nargs="+")
    parser.add_argument("-o", "--output", type=argparse.FileType("w"), default="-")
    parser.add_argument("--url", default="ws://127.0.0.1:8000/ws/a2e")
    arguments = parser.parse_args()

    async def send(topic: str, payload: bytes) -> None:
        packet: dict[str, Any] = {"topic": topic, "at": round(time.time(), 3)}
        if topic == FACE_TOPIC:
            frames = unpack_frames(payload)
            packet |= {"first": frames.first, "weights": frames.weights.round(4).tolist()}
        else:
            packet |= json.loads(payload)
        arguments.output.write(json.dumps(packet) + "\n")

    session: AgentSession[None] = AgentSession(tts=EspeakTTS())
    face = FaceOutput(arguments.url, send, next_in_chain=Card(), mood={"joy": 0.3})
    session.output.audio = face
    await session.start(Agent(instructions=""))
    for text in arguments.text:
        await session.say(text)
    await session.aclose()
    await face.aclose()


if __name__ == "__main__":
    asyncio.run(main())
