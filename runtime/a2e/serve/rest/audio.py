"""The audio of a REST request: raw samples or a file, checked before anything is computed."""

from __future__ import annotations

import binascii
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from a2e.audio.decode import open_audio
from a2e.audio.pcm import PcmDecoder
from a2e.audio.samples import check_rate, check_samples, downmix
from a2e.errors import AudioError, AudioFileError
from a2e.serve.refusals import RefusalError

RAW_RATE = 16_000
"""Sample rate of raw samples where neither the format nor the request says it, Hz."""
FILES = ("mp3", "wav", "ogg", "flac")
PCM = re.compile(
    r"(?:pcm|linear16)(?:_(?P<rate>\d+))?(?:_(?P<dtype>16bit|int16|s16le|float32|f32le))?"
    r"(?:_(?P<channels>mono|stereo))?"
)
FLOAT = ("float32", "f32le")

Samples = NDArray[Any]


@dataclass(frozen=True)
class RequestAudio:
    """Audio that a stream can take."""

    rate: int
    """Sample rate, Hz."""
    samples: Samples
    """int16 or float32, [n] or [n, channels]."""

    def blocks(self, length: int) -> Iterator[Samples]:
        """The samples, at most ``length`` at a time."""
        for start in range(0, len(self.samples), length):
            yield self.samples[start : start + length]


def decode(text: str, format: str, rate: int | None, max_seconds: float) -> RequestAudio:
    """The audio in ``audio_base64``, all of it checked; raises ``RefusalError`` or ``AudioError``.

    A file is known by its beginning, whatever ``format`` calls it.
    """
    data = _bytes(text)
    name = format.lower()
    raw = PCM.fullmatch(name)
    if raw is None and name not in FILES:
        raise RefusalError(
            "bad_request",
            f"audio_format must be {', '.join(FILES)}, pcm, or a name like pcm_24000_16bit_mono "
            f"or pcm_16000_float32; got {format[:40]!r}",
        )
    if raw is None or is_file(data):
        return _file(data, name, max_seconds)
    return _raw(data, raw, rate, max_seconds)


def is_file(data: bytes) -> bool:
    """Whether bytes begin as an audio file, so that they can't be meant as samples."""
    if data[:4] in (b"OggS", b"fLaC") or data[:3] == b"ID3":
        return True
    return (data[:4] == b"RIFF" and data[8:12] == b"WAVE") or _is_mp3(data)


def _is_mp3(data: bytes) -> bool:
    """Whether two MPEG layer III frames follow each other (ISO 11172-3, 2.4.1.3)."""
    size = _mp3_frame(data[:4])
    return size > 0 and _mp3_frame(data[size : size + 4]) > 0


def _mp3_frame(head: bytes) -> int:
    """Bytes of the MPEG layer III frame with this header; 0 if it is none."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return 0
    version, rate, bits = head[1] >> 3 & 3, head[2] >> 2 & 3, head[2] >> 4
    if version == 1 or rate == 3 or bits in (0, 15):
        return 0
    first = version == 3  # MPEG 1; else 2 or 2.5
    kbits = (
        (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
        if first
        else (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
    )[bits - 1]
    hertz = (44_100, 48_000, 32_000)[rate] >> (3 - version if version else 2)
    return (144 if first else 72) * kbits * 1000 // hertz + (head[2] >> 1 & 1)


def _bytes(text: str) -> bytes:
    try:
        return binascii.a2b_base64("".join(text.split()), strict_mode=True)
    except ValueError as error:
        raise RefusalError(
            "bad_request", f"audio_base64 must be standard base64 with padding; got {error}"
        ) from None


def _raw(data: bytes, name: re.Match[str], rate: int | None, max_seconds: float) -> RequestAudio:
    named = int(name["rate"]) if name["rate"] else None
    if named and rate and named != rate:
        raise RefusalError(
            "bad_request",
            f"audio_format says {named} Hz and sample_rate says {rate} Hz; send the right one",
        )
    rate = check_rate(named or rate or RAW_RATE)
    encoding = "f32le" if name["dtype"] in FLOAT else "s16le"
    decoder = PcmDecoder(encoding, 2 if name["channels"] == "stereo" else 1)
    samples = decoder.push(data)
    if decoder.pending:
        raise AudioError(
            f"expected a whole number of {decoder.frame_bytes}-byte samples; got {len(data)} "
            "bytes. Is audio_format right?"
        )
    _check_length(len(samples), rate, max_seconds)
    check_samples(samples)
    return RequestAudio(rate, samples)


def _file(data: bytes, name: str, max_seconds: float) -> RequestAudio:
    parts = [np.zeros(0, np.float32)]
    length = 0
    try:
        with open_audio(io.BytesIO(data)) as file:
            for block in file.blocks():
                check_samples(block)
                length += len(block)
                _check_length(length, file.rate, max_seconds)
                parts.append(downmix(block))
            return RequestAudio(file.rate, np.concatenate(parts))
    except AudioFileError as error:
        raise AudioError(
            f"expected a file of {', '.join(FILES)}; got bytes called {name} that can't be read as "
            f"any ({error.reason}). For raw samples say audio_format pcm"
        ) from error


def _check_length(samples: int, rate: int, max_seconds: float) -> None:
    if samples > max_seconds * rate:
        raise RefusalError(
            "too_big",
            f"expected at most {max_seconds:g} s of audio in a request; got more. Cut it into a "
            "session's chunks",
        )
