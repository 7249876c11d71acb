"""The chunks of a session's audio, cut at any byte: what a chunk lacks comes with the next one."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

from a2e.audio.decode import AudioWarning
from a2e.audio.pcm import PcmDecoder
from a2e.audio.samples import MAX_CHANNELS, check_rate, check_samples
from a2e.errors import AudioError
from a2e.serve.formats import Declared, RawFormat, format_of, mp3_frame_bytes
from a2e.serve.rest.audio import (
    RequestAudio,
    Samples,
    check_length,
    decode_file,
    mismatch,
    raw_blocks,
    raw_rate,
)
from a2e.serve.rest.mp3 import Mp3Cutter, Mp3Decoder
from a2e.serve.wav import MAX_HEADER, is_wav, parse_header

KNOWN_BYTES = 16
"""Bytes that tell a file's format."""
BEGINNINGS = (b"ID3", b"\xff", b"RIFF", b"RF64")
"""Of the formats that may be cut anywhere."""


class Chunks:
    """A session's audio so far, as far as it is needed for the rest.

    A chunk changes nothing until its samples are taken, so that a refused one can be sent again.
    """

    def __init__(self) -> None:
        self._held = b""
        self._raw: RawFormat | None = None
        self._cutter: Mp3Cutter | None = None
        self._decoder = Mp3Decoder()

    def open(
        self, data: bytes, declared: Declared, rate: int | None, max_seconds: float, *, final: bool
    ) -> RequestAudio | None:
        """The audio that a chunk completes, checked; None if it does not tell its rate yet.

        Raises ``RefusalError`` and :class:`a2e.errors.AudioError`.
        """
        whole = self._held + data
        if self._cutter is not None and self._goes_on_as_mp3(data):
            return self._mp3(self._cutter, data, max_seconds, final=final)
        if self._raw is not None and (self._held or format_of(data) is None):
            return self._samples(self._raw, declared, whole, rate, max_seconds, final=final)
        content = format_of(whole)
        if not final and content != "wav" and declared.raw is None and self._may_grow(whole):
            self._held = whole
            return None
        if content == "wav" and (audio := self._wav(whole, declared, max_seconds, final=final)):
            return audio
        if content == "wav" and not final and is_wav(whole) and parse_header(whole) is None:
            if len(whole) < MAX_HEADER:
                self._held = whole
            return None
        if (content == "mp3" or _may_be_mp3(whole, content, declared)) and find_spec("av"):
            return self._mp3(Mp3Cutter(), whole, max_seconds, final=final, declared=declared)
        if declared.raw is not None and content is None:
            return self._samples(declared.raw, declared, whole, rate, max_seconds, final=final)
        return decode_file(whole, declared, max_seconds)

    def _goes_on_as_mp3(self, data: bytes) -> bool:
        assert self._cutter is not None
        return bool(self._cutter.rest or self._cutter.skip) or format_of(data) in (None, "mp3")

    @staticmethod
    def _may_grow(data: bytes) -> bool:
        """Whether bytes are too few to tell, but begin like a format that may be cut."""
        if len(data) >= KNOWN_BYTES:  # two MP3 frames in a row tell
            return len(data) < 2 * mp3_frame_bytes(data[:4])
        return any(data[: len(head)] == head[: len(data)] for head in BEGINNINGS)

    def _samples(
        self,
        raw: RawFormat,
        declared: Declared,
        data: bytes,
        rate: int | None,
        max_seconds: float,
        *,
        final: bool,
    ) -> RequestAudio:
        """Raw samples; the first bytes of one wait for its last, if more may come."""
        if declared.raw is not None and not self._held:
            raw = declared.raw
        decoder = PcmDecoder(raw.encoding, raw.channels)
        hertz = raw_rate(raw, rate if declared.raw is not None else None)
        whole = len(data) // decoder.frame_bytes * decoder.frame_bytes
        check_length(whole // decoder.frame_bytes, hertz, max_seconds)
        for block in raw_blocks(data[:whole], decoder):
            check_samples(block)
        warnings = []
        if final and len(data) > whole:
            warnings.append(
                AudioWarning(
                    "truncated",
                    f"the audio ends within a sample; its {len(data) - whole} last "
                    "byte(s) are left out",
                )
            )

        def take() -> Iterator[Samples]:
            self._raw, self._held = raw, data[whole:]
            yield from raw_blocks(data[:whole], decoder)

        return RequestAudio(hertz, take, warnings)

    def _wav(
        self, data: bytes, declared: Declared, max_seconds: float, *, final: bool
    ) -> RequestAudio | None:
        """The samples of a WAV file that goes on in later chunks; None if it does not."""
        header = parse_header(data) if is_wav(data) else None
        if header is None or header.encoding is None or final:
            return None
        is_whole = header.size and header.start + header.size <= len(data)
        if is_whole or not 1 <= header.channels <= MAX_CHANNELS:
            return None
        raw = RawFormat(header.encoding, header.channels, check_rate(header.rate))
        held, self._held = self._held, b""
        try:
            named = Declared("", None, None)
            audio = self._samples(raw, named, data[header.start :], None, max_seconds, final=final)
        finally:
            self._held = held
        if not declared.agrees("wav"):
            audio.warnings.append(mismatch(declared, "wav"))
        return audio

    def _mp3(
        self,
        cutter: Mp3Cutter,
        data: bytes,
        max_seconds: float,
        *,
        final: bool,
        declared: Declared | None = None,
    ) -> RequestAudio | None:
        """The samples of the MP3 frames that have come whole."""
        after = cutter.push(data)
        if not after.rate:
            if final or after.lost > MAX_HEADER:
                raise AudioError(
                    "expected an mp3 stream; got bytes without a frame. For raw samples say "
                    "audio_format pcm"
                )
            self._held = self._held + data
            return None
        if not after.frames and not final:
            self._cutter, self._held, self._raw = after, b"", None
            return None
        check_length(sum(frame.samples for frame in after.frames), after.rate, max_seconds)
        warnings = []
        if declared is not None and not declared.agrees("mp3"):
            warnings.append(mismatch(declared, "mp3"))
        if after.lost > cutter.lost:
            warnings.append(AudioWarning("damaged", "bytes between MP3 frames were left out"))
        if final and any(after.rest) and not after.rest.startswith(b"TAG"):
            warnings.append(
                AudioWarning("truncated", "the MP3 stream ends within a frame, which is left out")
            )

        def take() -> Iterator[Samples]:
            self._cutter, self._held, self._raw = after, b"", None
            yield from self._decoder.decode(after.frames)

        return RequestAudio(after.rate, take, warnings)


def _may_be_mp3(data: bytes, content: str | None, declared: Declared) -> bool:
    """Whether bytes that begin no file may be the middle, or a part, of an MP3 stream."""
    return content is None and declared.container == "mp3" and data[:1] == b"\xff"
