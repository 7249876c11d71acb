"""``a2e.pipecat`` in real pipelines, after a TTS service that speaks."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pipecat.frames.frames import (
    EndFrame,
    ErrorFrame,
    Frame,
    InterruptionFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    TTSTextFrame,
)
from pipecat.pipeline.parallel_pipeline import ParallelPipeline
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.workers.runner import WorkerRunner

from a2e.pipecat import FaceFrame, FaceProcessor
from examples.pipecat_face import RATE, EspeakService
from tests.integration.service import Service, service

pytestmark = pytest.mark.skipif(
    shutil.which("espeak-ng") is None, reason="there is no espeak-ng to speak with"
)
SENTENCE = "Good morning, my name is Bob and I am pleased to meet you."
OTHER = "Why, I have been standing here for hours."
SECONDS = 60
ROUNDING = 1e-4


@pytest.fixture(scope="module")
def served() -> Iterator[Service]:
    with service("--max-streams", 8) as found:
        yield found


class Listener(FrameProcessor):
    """Notes what arrives; its callback may act on it."""

    def __init__(self, heard: Callable[[Frame], Awaitable[None]] | None = None) -> None:
        super().__init__()
        self.frames: list[Frame] = []
        self._heard = heard

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if direction is FrameDirection.DOWNSTREAM:
            self.frames.append(frame)
            if self._heard is not None:
                await self._heard(frame)
        await self.push_frame(frame, direction)

    def of(self, *kinds: type[Frame]) -> list[Any]:
        return [frame for frame in self.frames if isinstance(frame, kinds)]

    def audio(self) -> bytes:
        return b"".join(frame.audio for frame in self.of(TTSAudioRawFrame))


def speak(processors: Sequence[FrameProcessor], frames: Sequence[Frame], **options: Any) -> None:
    """Runs a pipeline until all has been said; ``act`` acts on it meanwhile."""

    async def scene() -> None:
        worker = PipelineWorker(
            Pipeline(list(processors)),
            params=PipelineParams(audio_out_sample_rate=RATE),
            cancel_on_idle_timeout=False,
            enable_rtvi=False,
        )
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(worker)
        act = options.get("act")

        async def say() -> None:
            for frame in frames:
                await worker.queue_frame(frame)
            if act is not None:
                await act(worker)
            await worker.queue_frame(EndFrame())

        async with asyncio.timeout(SECONDS):
            await asyncio.gather(runner.run(), say())

    asyncio.run(scene())


def check_in_time(frames: Sequence[Frame]) -> tuple[int, float]:
    """No face comes after its audio, and none is missing; frames, and seconds of audio."""
    played, begun, speech, count = 0.0, 0.0, -1, 0
    for frame in frames:
        if isinstance(frame, TTSAudioRawFrame):
            played += len(frame.audio) / 2 / frame.sample_rate
        elif isinstance(frame, FaceFrame):
            if frame.speech != speech:
                speech, begun, due = frame.speech, played, 0
            assert frame.first == due
            assert frame.first / frame.fps + ROUNDING >= played - begun
            due += len(frame.weights)
            count += len(frame.weights)
    return count, played


def test_a_sentence_comes_with_its_face(served: Service) -> None:
    silent, listener = Listener(), Listener()
    speak(
        [EspeakService(), silent, FaceProcessor(served.live, speaker="Bob"), listener],
        [TTSSpeakFrame(SENTENCE)],
    )
    assert listener.audio() == silent.audio()
    frames, seconds = check_in_time(listener.frames)
    assert seconds > 2
    assert frames == int(np.ceil(seconds * 30 - ROUNDING))
    faces = listener.of(FaceFrame)
    jaw = faces[0].names.index("jawOpen")
    assert max(face.weights[:, jaw].max() for face in faces) > 0.1
    assert {face.speaker for face in faces} == {"Bob"}
    kinds = [type(f) for f in listener.of(TTSStartedFrame, TTSStoppedFrame, TTSAudioRawFrame)]
    assert kinds[0] is TTSStartedFrame
    assert kinds[-1] is TTSStoppedFrame
    assert [f.text for f in listener.of(TTSTextFrame)] == [f.text for f in silent.of(TTSTextFrame)]


def test_sentences_in_a_row(served: Service) -> None:
    silent, listener = Listener(), Listener()
    speak(
        [EspeakService(), silent, FaceProcessor(served.live), listener],
        [TTSSpeakFrame(SENTENCE), TTSSpeakFrame(OTHER), TTSSpeakFrame("Yes.")],
    )
    assert listener.audio() == silent.audio()
    frames, seconds = check_in_time(listener.frames)
    assert seconds > 4
    assert frames >= int(seconds * 30)


def test_no_face_of_an_interrupted_speech_follows(served: Service) -> None:
    """As when the user begins to speak: what was said is cut, what is said next is whole."""
    begun = asyncio.Event()

    async def note(frame: Frame) -> None:
        if isinstance(frame, FaceFrame):
            begun.set()

    async def interrupt(worker: PipelineWorker) -> None:
        await begun.wait()
        await worker.queue_frame(InterruptionFrame())
        await asyncio.sleep(0.5)
        await worker.queue_frame(TTSSpeakFrame(OTHER))
        await asyncio.sleep(2)

    listener = Listener(note)
    speak(
        [EspeakService(), FaceProcessor(served.live), listener],
        [TTSSpeakFrame(" ".join([SENTENCE] * 20))],
        act=interrupt,
    )
    cut = next(i for i, frame in enumerate(listener.frames) if isinstance(frame, InterruptionFrame))
    before, after = listener.frames[:cut], listener.frames[cut:]
    told = {frame.speech for frame in before if isinstance(frame, FaceFrame)}
    later = {frame.speech for frame in after if isinstance(frame, FaceFrame)}
    assert told
    assert later
    assert max(told) < min(later)
    frames, seconds = check_in_time(after)
    assert 1 < seconds < 5
    assert frames >= int(seconds * 30)


def test_speakers_side_by_side(served: Service) -> None:
    """Each has its own voice, face and frames."""
    alice, bob = Listener(), Listener()
    speak(
        [
            ParallelPipeline(
                [EspeakService(voice="en"), FaceProcessor(served.live, speaker="Alice"), alice],
                [EspeakService(voice="de"), FaceProcessor(served.live, speaker="Bob"), bob],
            )
        ],
        [TTSSpeakFrame(SENTENCE)],
    )
    for listener, name in ((alice, "Alice"), (bob, "Bob")):
        frames, seconds = check_in_time(listener.frames)
        assert frames >= int(seconds * 30) > 60
        assert {face.speaker for face in listener.of(FaceFrame)} == {name}


def test_without_a_service_the_pipeline_speaks_on() -> None:
    silent, errors = Listener(), []

    class Errors(FrameProcessor):
        async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
            await super().process_frame(frame, direction)
            if isinstance(frame, ErrorFrame):
                errors.append(frame.error)
            await self.push_frame(frame, direction)

    listener = Listener()
    face = FaceProcessor("ws://127.0.0.1:1/ws/a2e")
    speak([Errors(), EspeakService(), silent, face, listener], [TTSSpeakFrame(SENTENCE)])
    assert len(listener.audio()) > RATE
    assert listener.audio() == silent.audio()
    assert not listener.of(FaceFrame)
    assert "Is a2e serve running there?" in errors[0]


def test_a_service_that_dies_costs_no_audio() -> None:
    """It is killed in mid-speech: audio goes on, with a face as far as there was one."""
    silent = Listener()
    with service() as served:
        begun = asyncio.Event()

        async def note(frame: Frame) -> None:
            if isinstance(frame, FaceFrame) and not begun.is_set():
                begun.set()
                served.kill()

        listener = Listener(note)
        face = FaceProcessor(served.live, patience=0.5)
        speak(
            [EspeakService(), silent, face, listener],
            [TTSSpeakFrame(" ".join([SENTENCE] * 3))],
        )
    assert listener.audio() == silent.audio()
    assert listener.of(FaceFrame)


def test_the_example(served: Service, tmp_path: Path) -> None:
    output = tmp_path / "face.ndjson"
    command = [sys.executable, "-m", "examples.pipecat_face", SENTENCE, OTHER, "-o", output]
    subprocess.run([*command, "--url", served.live], check=True, timeout=SECONDS)
    lines = [json.loads(line) for line in output.read_text().splitlines()]
    times = [line["time"] for line in lines]
    assert times == sorted(times)
    assert len(lines) > 4 * 30
    assert max(line["weights"]["jawOpen"] for line in lines) > 0.1
