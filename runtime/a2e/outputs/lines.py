"""NDJSON as ``a2e stream`` writes it."""

from __future__ import annotations

import io

from a2e.arrays import Floats
from a2e.formats.json_formats import Ndjson
from a2e.outputs.address import Address
from a2e.outputs.encoder import Encoder, FrameFormat, Payload


class Lines(Encoder):
    """A line of facts, then a line for each frame."""

    def __init__(self, address: Address, format: FrameFormat, speech: int) -> None:
        self._buffer = io.BytesIO()
        self._writer = Ndjson(self._buffer, format.names, format.fps, "")

    def begin(self, time_of_day: float) -> list[Payload]:
        self._writer.begin()
        return self._take()

    def frame(self, index: int, weights: Floats) -> list[Payload]:
        self._writer.count = index
        self._writer.write(weights[None])
        return self._take()

    def _take(self) -> list[Payload]:
        lines = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        return [lines]
