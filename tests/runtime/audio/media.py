"""Small files of every kind, made on the fly."""

from __future__ import annotations

import io
import struct
from fractions import Fraction
from typing import Any

import numpy as np
import soundfile

from a2e.arrays import Floats


def sound(samples: Floats, rate: int, format: str, subtype: str | None = None) -> bytes:
    """A file as libsndfile writes it."""
    data = io.BytesIO()
    soundfile.write(data, samples, rate, subtype, format=format)
    return data.getvalue()


def wav(
    samples: Floats,
    rate: int,
    *,
    riff: bytes = b"RIFF",
    sizes: tuple[int, int] | None = None,
    before: bytes = b"",
) -> bytes:
    """16-bit WAV with any sizes in its header, and chunks before the samples."""
    data = (samples * 32_767).astype("<i2").tobytes()
    channels = 1 if samples.ndim == 1 else samples.shape[1]
    fmt = struct.pack("<HHIIHH", 1, channels, rate, rate * 2 * channels, 2 * channels, 16)
    whole, part = sizes or (36 + len(before) + len(data), len(data))
    head = riff + struct.pack("<I", whole) + b"WAVE" + before
    return head + b"fmt " + struct.pack("<I", 16) + fmt + b"data" + struct.pack("<I", part) + data


def encode(
    tracks: list[Floats],
    rate: int,
    format: str,
    codec: str,
    *,
    starts: tuple[float, ...] = (0.0, 0.0),
    video: bool = False,
    options: dict[str, str] | None = None,
) -> bytes:
    """A file as FFmpeg writes it: tracks [n] with their starts in seconds, and a video."""
    import av

    data = io.BytesIO()
    with av.open(data, "w", format=format, options=options or {}) as container:
        streams: list[Any] = []
        if video:
            picture: Any = container.add_stream("mpeg4" if format == "mp4" else "vp8", rate=10)
            picture.width = picture.height = 32
            picture.pix_fmt = "yuv420p"
        for _ in tracks:
            stream: Any = container.add_stream(codec, rate=rate)
            stream.layout = "mono"
            streams.append(stream)
        if video:
            for number in range(10):
                frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
                frame.pts, frame.time_base = number, Fraction(1, 10)
                container.mux(picture.encode(frame))
            container.mux(picture.encode(None))
        for stream, samples, start in zip(streams, tracks, starts, strict=False):
            size = stream.codec_context.frame_size or 1024
            wanted = stream.codec_context.format.name
            resampler = av.AudioResampler(wanted, "mono", rate)
            for place in range(0, len(samples), size):
                part = samples[None, place : place + size].astype(np.float32)
                frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="mono")
                frame.sample_rate = rate
                frame.pts, frame.time_base = place + round(start * rate), Fraction(1, rate)
                for converted in resampler.resample(frame):
                    container.mux(stream.encode(converted))
            container.mux(stream.encode(None))
    return data.getvalue()
