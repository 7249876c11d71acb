"""``/ws/a2e``'s messages, for whoever is dialled: ``ready``, ``frames``, ``end``, ``reset``."""

from __future__ import annotations

from a2e.arrays import Floats
from a2e.formats.json_formats import dump
from a2e.formats.messages import VERSION, end_message, frames_json
from a2e.outputs.address import Address
from a2e.outputs.encoder import Encoder, FrameFormat, Payload
from a2e.rates import exact, number


class Messages(Encoder):
    """JSON, a message a frame; ``ready`` has no facts that only who asks for a stream needs."""

    def __init__(self, address: Address, format: FrameFormat, speech: int) -> None:
        self._format = format
        self._speech = speech

    def begin(self, time_of_day: float) -> list[Payload]:
        fps = self._format.fps
        facts = {"names": list(self._format.names), "fps": number(fps), **exact(fps)}
        return [dump({"type": "ready", **facts, "speech": self._speech, "protocol": VERSION})]

    def frame(self, index: int, weights: Floats) -> list[Payload]:
        return [frames_json(self._speech, index, weights[None], self._format.fps)]

    def end(self, frames: int) -> list[Payload]:
        seconds = round(float(frames / self._format.fps), 6)
        return [dump(end_message(self._speech, frames, seconds))]

    def cut(self) -> list[Payload]:
        return [dump({"type": "reset", "speech": self._speech + 1})]
