"""A Pipecat bot that says what it is told, with a face: its frames go to a file, in time.

    pip install 'a2e[pipecat]'
    a2e serve &
    python examples/pipecat_face.py "Good morning." "How are you?" -o face.ndjson

A real bot has a transport, speech recognition and a language model around the two processors in
`pipeline`. Here espeak-ng speaks, and nobody listens.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import wave
from collections.abc import AsyncGenerator
from typing import TextIO

from pipecat.frames.frames import EndFrame, Frame, TTSAudioRawFrame, TTSSpeakFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.settings import TTSSettings
from pipecat.services.tts_service import TTSService
from pipecat.workers.runner import WorkerRunner

from a2e.pipecat import FaceFrame, FaceProcessor

RATE = 22_050
"""Of espeak-ng's voices, Hz."""
CHUNK_BYTES = 2 * RATE // 10


class EspeakService(TTSService):
    """Speaks by espeak-ng, in pieces of 100 ms."""

    def __init__(self, voice: str = "en") -> None:
        super().__init__(
            push_start_frame=True,
            push_stop_frames=True,
            sample_rate=RATE,
            settings=TTSSettings(model=None, voice=voice, language=None),
        )
        self._voice = voice

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        process = await asyncio.create_subprocess_exec(
            *("espeak-ng", "-v", self._voice, "--stdout", text), stdout=asyncio.subprocess.PIPE
        )
        data, _ = await process.communicate()
        with wave.open(io.BytesIO(data)) as file:
            audio = file.readframes(len(data))
        for first in range(0, len(audio), CHUNK_BYTES):
            piece = audio[first : first + CHUNK_BYTES]
            yield TTSAudioRawFrame(piece, RATE, 1, context_id=context_id)


class FaceWriter(FrameProcessor):
    """Writes each frame of the face as a line of JSON; `time` is that of the audio so far."""

    def __init__(self, file: TextIO) -> None:
        super().__init__()
        self._file = file
        self._played = 0.0

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, FaceFrame):
            for number, weights in enumerate(frame.weights):
                time = round(self._played + number / frame.fps, 4)
                shown = dict(zip(frame.names, weights.round(4).tolist(), strict=True))
                self._file.write(json.dumps({"time": time, "weights": shown}) + "\n")
        elif isinstance(frame, TTSAudioRawFrame):
            self._played += frame.num_frames / frame.sample_rate
        await self.push_frame(frame, direction)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("text", nargs="+")
    parser.add_argument("-o", "--output", type=argparse.FileType("w"), default="-")
    parser.add_argument("--url", default="ws://127.0.0.1:8000/ws/a2e")
    arguments = parser.parse_args()
    face = FaceProcessor(arguments.url, mood={"joy": 0.3})
    pipeline = Pipeline([EspeakService(), face, FaceWriter(arguments.output)])
    worker = PipelineWorker(
        pipeline, params=PipelineParams(audio_out_sample_rate=RATE), enable_rtvi=False
    )
    runner = WorkerRunner()
    await runner.add_workers(worker)
    for text in arguments.text:
        await worker.queue_frame(TTSSpeakFrame(text))
    await worker.queue_frame(EndFrame())
    await runner.run()


if __name__ == "__main__":
    asyncio.run(main())
