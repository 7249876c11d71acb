"""A face for a Pipecat pipeline: a processor between its TTS and its transport.

    pipeline = Pipeline([transport.input(), stt, llm, tts, FaceProcessor(url), transport.output()])

Speech goes to a service (`a2e serve`) and on through the pipeline; before each piece of it comes a
:class:`FaceFrame` with the weights that show it. Needs the extra ``pipecat``.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from a2e.arrays import Floats
from a2e.client import Client, Ended, Frames, Ready
from a2e.client.pairing import Pairing, Released, Sound
from a2e.errors import A2EError, OptionError

try:
    from pipecat.frames.frames import (
        CancelFrame,
        ControlFrame,
        DataFrame,
        EndFrame,
        Frame,
        InterruptionFrame,
        StartFrame,
        TTSAudioRawFrame,
        TTSStoppedFrame,
    )
    from pipecat.processors.frame_processor import (
        FrameDirection,
        FrameProcessor,
        FrameProcessorSetup,
    )
except ImportError as error:
    raise OptionError(
        f"Pipecat's face needs {error.name}; install a2e with its extra 'pipecat'"
    ) from error

SAMPLE_BYTES = 2
POLL_SECONDS = 0.02
PAUSE_SECONDS = 0.25
"""A voice that pauses for longer in mid-speech has what it said so far shown to its end."""


@dataclass
class FaceFrame(DataFrame):
    """Frames of a face, for the piece of speech that comes right after them."""

    weights: Floats
    """float32 [n, names]."""
    names: tuple[str, ...]
    fps: float
    speech: int
    """Counted from 0, a pause or an interruption begins the next one."""
    first: int
    """The number of the first frame in its speech."""
    speaker: str | None = None


class FaceProcessor(FrameProcessor):
    """Adds a :class:`FaceFrame` before each piece of the TTS audio that passes.

    ``url`` is a service's ``/ws/a2e``, ``key`` its API key, ``speaker`` a name that all frames
    carry; further arguments are fields of ``start`` (``style``, ``mood``, ``seed``, …). Audio waits
    for its frames, at most ``patience`` seconds; where they don't come it goes on without a face
    until they come again. No frame comes after the audio that it shows, and none of a speech that
    was interrupted.
    """

    def __init__(
        self,
        url: str,
        *,
        key: str | None = None,
        speaker: str | None = None,
        patience: float = 1.0,
        **face: Any,
    ) -> None:
        super().__init__()
        self._url, self._key, self._face = url, key, face
        self._speaker = speaker
        self._patience = patience
        self._format = (0, 1)  # rate and channels
        self._client: Client | None = None
        self._pairing = Pairing(1, 1)
        self._is_speaking = False
        self._is_alone = False
        """Whether frames have not come in time, so that audio waits for them no more."""
        self._heard = self._moved = 0.0  # when audio came, and when some went on
        self._interruptions = 0
        self._speaking = asyncio.Lock()
        """Keeps a speech's audio and its end in a row."""
        self._leaving = asyncio.Lock()
        """Keeps what leaves in a row."""
        self._tasks: list[asyncio.Task[None]] = []

    async def setup(self, setup: FrameProcessorSetup) -> None:
        await super().setup(setup)
        self._format = (setup.audio_out_sample_rate, 1)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if direction is not FrameDirection.DOWNSTREAM:
            await self.push_frame(frame, direction)
            return
        match frame:
            case StartFrame():
                await self.push_frame(frame)
                await self._open(self._format)
            case TTSAudioRawFrame():
                await self._hear(frame)
            case InterruptionFrame():
                await self._interrupt()
                await self.push_frame(frame)
            case EndFrame() | CancelFrame():
                await self._finish(is_cancelled=isinstance(frame, CancelFrame))
                await self.push_frame(frame)
            case _:
                await self._pass(frame)

    async def cleanup(self) -> None:
        await self._close()
        await super().cleanup()

    async def _hear(self, frame: TTSAudioRawFrame) -> None:
        format = (frame.sample_rate, frame.num_channels)
        if format != self._format:
            await self._finish(is_cancelled=False)
            await self._open(format)
        client = self._client
        if client is None:  # no service: the pipeline speaks without a face
            await self.push_frame(frame)
            return
        async with self._speaking:
            now = asyncio.get_running_loop().time()
            if self._pairing.is_empty:
                self._moved = now
            self._heard, self._is_speaking = now, True
            self._pairing.push(client.speech, frame.audio, frame)
            with suppress(A2EError):  # the reader tells
                await client.push(frame.audio)
        if self._is_alone:
            await self._release(None)

    async def _pass(self, frame: Frame) -> None:
        """What is no audio keeps its place among it, unless it is urgent."""
        if isinstance(frame, DataFrame | ControlFrame):
            async with self._leaving:
                if not self._pairing.mark(frame):
                    await self.push_frame(frame)
        else:
            await self.push_frame(frame)
        if isinstance(frame, TTSStoppedFrame):
            await self._end()

    async def _end(self) -> None:
        """The speech is over: its last frames are due."""
        async with self._speaking:
            if self._is_speaking and self._client is not None:
                self._is_speaking = False
                with suppress(A2EError):
                    await self._client.end()

    async def _interrupt(self) -> None:
        self._pairing.clear()
        self._interruptions += 1
        async with self._speaking:
            self._is_speaking = False
            if self._client is not None:
                with suppress(A2EError):
                    await self._client.interrupt()

    async def _finish(self, *, is_cancelled: bool) -> None:
        """Ends the client once all audio has gone on."""
        if not is_cancelled:
            await self._end()
            while not self._pairing.is_empty or self._leaving.locked():
                await asyncio.sleep(POLL_SECONDS)
        await self._close()

    async def _open(self, format: tuple[int, int]) -> None:
        self._format = format
        rate, channels = format
        self._pairing = Pairing(rate * channels * SAMPLE_BYTES, channels * SAMPLE_BYTES)
        client = Client(self._url, rate=rate, channels=channels, key=self._key, **self._face)
        try:
            async with asyncio.timeout(self._patience):
                await client.__aenter__()
        except (A2EError, TimeoutError) as error:
            await client.close()
            await self.push_error(f"no face: {error or 'the service does not answer'}")
            return
        self._client = client
        self._tasks = [
            self.create_task(self._read(client), "a2e-read"),
            self.create_task(self._watch(), "a2e-watch"),
        ]

    async def _close(self) -> None:
        client, self._client = self._client, None
        for task in self._tasks:
            await self.cancel_task(task)
        self._tasks = []
        if client is not None:
            await client.close()

    async def _read(self, client: Client) -> None:
        """Lets audio go with its frames as they come."""
        try:
            async for event in client:
                if isinstance(event, Frames | Ended):
                    self._is_alone = False
                    await self._release(event)
        except A2EError as error:
            await self._release(None)
            self._client = None
            await self.push_error(f"no face: {error}")

    async def _watch(self) -> None:
        """Ends speeches that pause, and lets audio go that has waited too long."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(POLL_SECONDS)
            if self._is_speaking and loop.time() - self._heard > PAUSE_SECONDS:
                await self._end()
            if not self._pairing.is_empty and loop.time() - self._moved > self._patience:
                self._is_alone = True
                await self._release(None)

    async def _release(self, event: Frames | Ended | None) -> None:
        """Sends on what an event lets go, or all that waits, until an interruption forgets it."""
        async with self._leaving:
            interruptions = self._interruptions
            for item in self._released(event):
                if self._interruptions != interruptions:
                    return
                self._moved = asyncio.get_running_loop().time()
                await self.push_frame(self._frame(item))

    def _released(self, event: Frames | Ended | None) -> list[Released]:
        match event:
            case Frames():
                return self._pairing.frames(event, self._ready().fps)
            case Ended():
                return self._pairing.ended(event)
        return self._pairing.release()

    def _frame(self, item: Released) -> Frame:
        """The pipeline's frame of an item."""
        if isinstance(item, Sound):
            source = item.source
            frame = TTSAudioRawFrame(
                item.data, source.sample_rate, source.num_channels, context_id=source.context_id
            )
            frame.transport_destination = source.transport_destination
            return frame
        if isinstance(item, Frames):
            ready = self._ready()
            return FaceFrame(
                item.weights, ready.names, ready.fps, item.speech, item.first, self._speaker
            )
        return item

    def _ready(self) -> Ready:
        assert self._client is not None
        return self._client.ready
