"""The audio of a REST request: raw samples or a file, checked before anything is computed."""

from __future__ import annotations

import binascii
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from a2e.audio.decode import AudioWarning, open_audio
from a2e.audio.decode.kinds import ANY_LABELS, marked_kind
from a2e.audio.pcm import PcmDecoder
from a2e.audio.samples import check_rate, check_samples
from a2e.errors import AudioError, AudioFileError
from a2e.serve.formats import Declared, RawFormat, default_rate, parse_format
from a2e.serve.refusals import RefusalError

FILES = ("mp3", "wav", "ogg", "flac")
"""Formats that every installation reads."""
KEPT_BYTES = 8 << 20
"""Decoded samples that are kept between the check and the computing; more are decoded again."""
TEXT_CHARACTERS = 1 << 20
"""Base64 decoded in one go."""
RAW_BYTES = 1 << 18
"""Raw samples decoded in one go."""
BLANKS = b" \t\r\n\v\f"
STANDARD = bytes.maketrans(b"-_", b"+/")
"""From the url-safe alphabet (RFC 4648, 5) to the standard one."""
MAX_DATA_HEAD = 200
"""Longest beginning of a ``data:`` URL, characters."""

Samples = NDArray[Any]
Source = Callable[[], Iterator[Samples]]


@dataclass(frozen=True)
class RequestAudio:
    """Audio that a stream can take."""

    rate: int
    """Sample rate, Hz."""
    source: Source
    """Gives the samples, int16 or float [n, channels], some at a time."""
    warnings: list[AudioWarning] = field(default_factory=list)

    @property
    def samples(self) -> Samples:
        """All of them."""
        blocks = list(self.source())
        return np.concatenate(blocks) if blocks else np.zeros((0, 1), np.float32)

    def blocks(self, length: int) -> Iterator[Samples]:
        """The samples, at most ``length`` at a time."""
        for block in self.source():
            for start in range(0, len(block), length):
                yield block[start : start + length]


def decode(text: str, format: str, rate: int | None, max_seconds: float) -> RequestAudio:
    """The audio in ``audio_base64``, as :func:`decode_audio` gives it."""
    return decode_audio(decode_base64(text), parse_format(format), rate, max_seconds)


def decode_audio(
    data: bytes, declared: Declared, rate: int | None, max_seconds: float
) -> RequestAudio:
    """Audio, all of it checked; raises ``RefusalError`` or ``AudioError``.

    A file is known by its beginning, whatever it is called.
    """
    if declared.raw is not None and marked_kind(data) is None:
        return decode_raw(data, declared.raw, rate, max_seconds)
    return decode_file(data, declared, max_seconds)


def decode_raw(data: bytes, raw: RawFormat, rate: int | None, max_seconds: float) -> RequestAudio:
    """Raw samples, a whole number of them."""
    decoder = PcmDecoder(raw.encoding, raw.channels)
    if len(data) % decoder.frame_bytes:
        raise AudioError(
            f"expected a whole number of {decoder.frame_bytes}-byte samples; got {len(data)} "
            "bytes. Is audio_format right?"
        )
    audio = RequestAudio(raw_rate(raw, rate), lambda: raw_blocks(data, decoder))
    return checked(audio, max_seconds)


def raw_rate(raw: RawFormat, rate: int | None) -> int:
    """The rate of raw samples in Hz, of which the name and the request may tell."""
    if raw.rate and rate and raw.rate != rate:
        raise RefusalError(
            "bad_request",
            f"the audio's format says {raw.rate} Hz and sample_rate says {rate} Hz; send the "
            "right one",
        )
    return check_rate(raw.rate or rate or default_rate(raw.encoding))


def raw_blocks(data: bytes, decoder: PcmDecoder) -> Iterator[Samples]:
    """The samples of bytes, some at a time: in memory some encodings take four times as much."""
    for start in range(0, len(data), RAW_BYTES):
        samples = decoder.push(data[start : start + RAW_BYTES])
        if len(samples):
            yield samples


def decode_file(data: bytes, declared: Declared, max_seconds: float) -> RequestAudio:
    """A file, of any format that can be read."""

    def blocks() -> Iterator[Samples]:
        with open_audio(data) as file:
            yield from file.blocks()

    try:
        with open_audio(data, format=declared.name) as file:
            audio = checked(RequestAudio(file.rate, file.blocks), max_seconds, blocks)
            return replace(audio, warnings=file.warnings)
    except AudioFileError as error:
        raise _unreadable(declared, error) from error


def checked(audio: RequestAudio, max_seconds: float, again: Source | None = None) -> RequestAudio:
    """``audio``, all of it looked at; ``again`` gives samples that are not kept once more."""
    length = kept = 0
    blocks: list[Samples] = []
    for block in audio.source():
        check_samples(block)
        length += len(block)
        check_length(length, audio.rate, max_seconds)
        kept += block.nbytes
        if kept <= KEPT_BYTES:
            blocks.append(block)
        else:
            blocks.clear()
    source = (lambda: iter(blocks)) if kept <= KEPT_BYTES else again or audio.source
    return RequestAudio(audio.rate, source, audio.warnings)


def check_length(samples: int, rate: int, max_seconds: float) -> None:
    """Raises ``RefusalError`` for more than ``max_seconds`` of audio."""
    if samples > max_seconds * rate:
        raise RefusalError(
            "too_big",
            f"expected at most {max_seconds:g} s of audio in a request; got more. Cut it into a "
            "session's chunks",
        )


def decode_base64(text: str) -> bytes:
    """The bytes of base64, standard or url-safe, padded or not; raises ``RefusalError``."""
    data, rest = bytearray(), b""
    try:
        for start in range(_data_start(text), len(text), TEXT_CHARACTERS):
            part = text[start : start + TEXT_CHARACTERS].encode("ascii")
            part = rest + part.translate(STANDARD, BLANKS)
            if part and (rest[-1:] == b"=" or b"=" in part.rstrip(b"=")):
                raise ValueError("more after its padding")
            whole = max(0, len(part) - 4) // 4 * 4  # what may be padded waits for the end
            data += binascii.a2b_base64(part[:whole], strict_mode=True)
            rest = part[whole:]
        data += binascii.a2b_base64(rest + b"=" * (-len(rest) % 4), strict_mode=True)
    except UnicodeEncodeError:
        raise _no_base64("other characters") from None
    except ValueError as error:
        raise _no_base64(str(error)) from None
    return bytes(data)


def _data_start(text: str) -> int:
    """Where the base64 of a ``data:`` URL begins; 0 where it is none."""
    if text[:5].lower() != "data:":
        return 0
    comma = text.find(",", 0, MAX_DATA_HEAD)
    if comma < 0 or not text[:comma].lower().endswith(";base64"):
        raise _no_base64("a data: URL without ;base64,")
    return comma + 1


def _no_base64(reason: str) -> RefusalError:
    return RefusalError(
        "bad_request", f"audio_base64 must be standard base64, or url-safe; got {reason}"
    )


def _unreadable(declared: Declared, error: AudioFileError) -> Exception:
    name = declared.name[:40]
    means_nothing = not (declared.raw or declared.kinds or name in ANY_LABELS)
    if means_nothing or name in ("", "aac"):
        return RefusalError(
            "bad_request",
            f"audio_format must be {', '.join(FILES)}, pcm, or a name like pcm_24000_16bit_mono "
            f"or pcm_16000_float32; got {name!r}, and the content is no file that can be read "
            f"({error.reason})",
        )
    return AudioError(
        f"expected a file of {', '.join(FILES)}; got bytes called {name} that can't be read as "
        f"any ({error.reason}). For raw samples say audio_format pcm"
    )
