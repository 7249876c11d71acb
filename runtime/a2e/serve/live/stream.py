"""A voice's stream as its client asks for it, on the threads: audio in, frames and counts out."""

from __future__ import annotations

import time
from typing import NamedTuple

from a2e.arrays import Floats
from a2e.formats.messages import VERSION, end_message
from a2e.options import Face
from a2e.outputs.encoder import FrameFormat
from a2e.post import MOODS
from a2e.rates import Rate, exact, number
from a2e.serve.engine import Engine, check_frames
from a2e.serve.live.messages import ChangeFace, Start
from a2e.serve.live.replies import Reply, frames_reply, text_reply
from a2e.serve.live.requests import Audio
from a2e.serve.motion.protocol import Packet, Track
from a2e.serve.refusals import RefusalError
from a2e.visemes import ARKIT_SHAPES


class Frames(NamedTuple):
    """Frames of some audio: as they are, for the client, and for its renderers."""

    weights: Floats
    """[n, names]."""
    reply: Reply | None
    packet: Packet | None


class LiveStream:
    """A stream as ``start`` asks for it, with its counts; used by one thread at a time.

    Raises :class:`a2e.errors.A2EError`.
    """

    def __init__(self, engine: Engine, start: Start, defaults: Face) -> None:
        model = engine.model
        self._engine = engine
        self._start = start
        self._face = start.applied_to(defaults)
        self._stream = self._face.open(model, start.rate)
        self._spec = model.spec
        self._track = self._motion_track(start) if start.motion else None
        self._frames = self._samples = 0  # of the speech, so far
        self._computing = self._audio = 0.0  # seconds since the last stats
        self.hop_samples = max(1, start.rate * model.spec.hop // model.spec.fps)
        """Samples at the client's rate in a hop."""

    def ready(self, speech: int) -> Reply:
        """The ``ready`` message."""
        spec = self._spec
        facts = {
            "names": list(self._stream.names),
            "fps": number(self.fps),
            **exact(self.fps),
            "hop": spec.hop,
            "latency": round(self._stream.latency, 4),
            "rate": self._start.rate,
            "styles": list(spec.styles),
            "moods": list(MOODS),
        }
        return text_reply({"type": "ready", **facts, "speech": speech, "protocol": VERSION})

    def change(self, fields: ChangeFace) -> None:
        """Changes the face from the next hop on."""
        face = fields.applied_to(self._face)
        face.change(self._stream)
        self._face = face

    def push(self, audio: Audio) -> Frames:
        """The frames that audio completes."""
        start = time.perf_counter()
        with self._engine.time_hops(self._stream):
            frames = check_frames(self._stream.push(audio.samples))
        self._computing += time.perf_counter() - start
        self._audio += audio.seconds
        self._samples += len(audio.samples)
        packet = None
        if self._track is not None:
            packet = self._track.push(audio.speech, audio.samples, self._weights(frames))
        return Frames(frames, self._reply(audio.speech, frames), packet)

    def finish(self, speech: int) -> tuple[Frames, Reply]:
        """Ends the speech: its last frames, and the ``end`` message."""
        with self._engine.time_hops(self._stream):
            frames = check_frames(self._stream.flush())
        packet = self._track.finish(speech, self._weights(frames)) if self._track else None
        last = Frames(frames, self._reply(speech, frames), packet)
        seconds = round(self._samples / self._stream.rate, 6)
        end = end_message(speech, self._frames, seconds)
        self._frames = self._samples = 0
        return last, text_reply(end, speech)

    def reset(self) -> Packet | None:
        """Forgets the speech; its end for renderers, if they were sent any of it."""
        self._stream.reset()
        self._frames = self._samples = 0
        return self._track.reset() if self._track else None

    def cut_short(self) -> Packet | None:
        """The end of the speech here for renderers, if they were sent any of it."""
        return self._track.cut_short() if self._track else None

    def stats(self, speech: int, queue: float) -> Reply:
        """The ``stats`` since the last ones; ``queue`` is the seconds of audio that wait."""
        factor = self._computing / self._audio if self._audio else 0.0
        self._computing = self._audio = 0.0
        hop_ms = 1000 * factor * self._spec.hop / self._spec.fps
        stats = {"rtf": round(factor, 4), "hop_ms": round(hop_ms, 3), "queue": round(queue, 3)}
        return text_reply({"type": "stats", **stats}, speech)

    @property
    def format(self) -> FrameFormat:
        """What the frames are."""
        return FrameFormat(self._stream.names, self._stream.fps)

    @property
    def fps(self) -> Rate:
        """Frames a second."""
        return self._stream.fps

    def _motion_track(self, start: Start) -> Track:
        """Raises ``RefusalError`` for frames that renderers have no place for."""
        if self._stream.fps != self._spec.fps or self._stream.shapes != ARKIT_SHAPES:
            raise RefusalError(
                "bad_request",
                f"motion streams have ARKit's shapes at {self._spec.fps} frames a second; leave "
                "fps and shapes out, or motion",
            )
        return Track(start.rate, self._spec.fps)

    def _weights(self, frames: Floats) -> Floats:
        """The model's shapes of frames [n, names]: renderers have no place for a head's pose."""
        return frames[:, : len(self._spec.shapes)]

    def _reply(self, speech: int, frames: Floats) -> Reply | None:
        if not len(frames):
            return None
        first, self._frames = self._frames, self._frames + len(frames)
        return frames_reply(self._start, speech, first, frames, self.fps)
