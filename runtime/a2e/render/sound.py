"""A film's sound: the samples that the face was made from."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from a2e.arrays import Floats

if TYPE_CHECKING:
    from av.packet import Packet

RATES = {
    "aac": (*(8_000, 11_025, 12_000, 16_000, 22_050, 24_000), *(32_000, 44_100, 48_000)),
    "libopus": (48_000,),
}
"""Sample rates that an encoder takes, Hz; others become the highest of them."""
BITS_PER_CHANNEL = 96_000


class Sound:
    """Encodes samples into a stream of a PyAV container. More than two channels become one."""

    def __init__(self, container: Any, codec: str, rate: int, channels: int) -> None:
        from av import AudioResampler

        rates = RATES[codec]
        self._rate = rate
        self._channels = channels if channels <= 2 else 1
        self._layout = "mono" if self._channels == 1 else "stereo"
        encoded = rate if rate in rates else rates[-1]
        self._stream = container.add_stream(codec, rate=encoded)
        context = self._stream.codec_context
        context.layout = self._layout
        context.bit_rate = min(BITS_PER_CHANNEL, 4 * encoded) * self._channels
        context.open()
        self._resampler = AudioResampler(
            context.format, self._layout, encoded, frame_size=context.frame_size or None
        )
        self._count = 0

    def encode(self, samples: Floats) -> Iterator[Packet[Any]]:
        """Packets for the next samples, float32 [n, channels]."""
        from av import AudioFrame

        if samples.shape[1] > 2:
            samples = samples.mean(axis=1, keepdims=True, dtype=np.float32)
        planes = np.ascontiguousarray(np.clip(samples, -1, 1).T, np.float32)
        frame = AudioFrame.from_ndarray(planes, format="fltp", layout=self._layout)
        frame.sample_rate = self._rate
        frame.time_base = Fraction(1, self._rate)
        frame.pts = self._count
        self._count += len(samples)
        for ready in self._resampler.resample(frame):
            yield from self._stream.encode(ready)

    def finish(self) -> Iterator[Packet[Any]]:
        """The packets still due."""
        for ready in self._resampler.resample(None):
            yield from self._stream.encode(ready)
        yield from self._stream.encode(None)
