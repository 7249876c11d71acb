"""One client's stream, with what is counted and told about it. Used by one thread at a time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from a2e.arrays import Floats
from a2e.model import Model
from a2e.serve.boxes import Message
from a2e.serve.motion import Packet, Track
from a2e.serve.protocol import FaceOptions, Start, dump, frames_binary, frames_json
from a2e.serve.settings import Face


@dataclass(frozen=True)
class Said:
    """What came of some audio: frames for the client, and the same for its renderers."""

    message: Message | None
    packet: Packet | None


class Voice:
    """A stream as a ``start`` asks for it; raises :class:`a2e.errors.A2EError`."""

    def __init__(self, model: Model, start: Start, defaults: Face) -> None:
        face = self._face = start.face(defaults)
        self._stream = model.stream(
            start.rate, style=face.style, post=face.post, controls=face.controls, seed=face.seed
        )
        self._spec = model.spec
        self._binary = start.output == "binary"
        self._track = Track(start.rate) if start.motion else None
        self._given = 0
        self._samples = 0
        self.hop_samples = max(1, start.rate * model.spec.hop // model.spec.fps)
        """Samples at the client's rate in a hop."""
        self._computing = self._hearing = 0.0  # seconds, since they were last told
        self.ready = {
            "names": list(model.names),
            "fps": model.spec.fps,
            "hop": model.spec.hop,
            "latency": round(self._stream.latency, 4),
            "rate": start.rate,
            "styles": list(model.spec.styles),
        }
        """What ``ready`` tells of it."""

    def change(self, options: FaceOptions) -> None:
        """Changes the face from the next hop on."""
        face = options.face(self._face)
        self._stream.change(style=face.style, controls=face.controls)
        self._face = face

    def hear(self, speech: int, samples: NDArray[Any]) -> Said:
        """Takes samples [n, channels]."""
        start = time.perf_counter()
        frames = self._stream.push(samples)
        self._samples += len(samples)
        self._computing += time.perf_counter() - start
        self._hearing += len(samples) / self._stream.rate
        packet = self._track.push(speech, samples, frames) if self._track else None
        return Said(self._message(speech, frames), packet)

    def finish(self, speech: int) -> tuple[Said, dict[str, Any]]:
        """Ends the speech: its last frames, and the ``end`` message."""
        frames = self._stream.flush()
        packet = self._track.finish(speech, frames) if self._track else None
        said = Said(self._message(speech, frames), packet)
        seconds = round(self._samples / self._stream.rate, 6)
        end = {"type": "end", "speech": speech, "frames": self._given, "seconds": seconds}
        self._begin()
        return said, end

    def reset(self) -> Packet | None:
        """Forgets the speech; what tells renderers of it, if they had heard of it."""
        self._stream.reset()
        self._begin()
        return self._track.reset() if self._track else None

    def broken_off(self) -> Packet | None:
        """What ends the speech here for its renderers, if they had heard of it."""
        return self._track.broken_off() if self._track else None

    def stats(self, queue: float) -> dict[str, Any]:
        """The ``stats`` message since the last one; ``queue`` is the seconds of audio that wait."""
        factor = self._computing / self._hearing if self._hearing else 0.0
        self._computing = self._hearing = 0.0
        hop_ms = 1000 * factor * self._spec.hop / self._spec.fps
        return {
            "type": "stats",
            "rtf": round(factor, 4),
            "hop_ms": round(hop_ms, 3),
            "queue": round(queue, 3),
        }

    def _begin(self) -> None:
        self._given = self._samples = 0

    def _message(self, speech: int, frames: Floats) -> Message | None:
        if not len(frames):
            return None
        first, self._given = self._given, self._given + len(frames)
        if self._binary:
            return Message(frames_binary(speech, first, frames), speech, len(frames))
        return Message(frames_json(speech, first, frames, self._spec.fps), speech, len(frames))


def told(message: dict[str, Any], speech: int | None = None) -> Message:
    """A JSON message that holds no frames."""
    return Message(dump(message), speech)
