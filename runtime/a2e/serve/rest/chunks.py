"""The chunks of a session's audio, cut at any byte: what a chunk lacks comes with the next one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from a2e.audio.decode import UNNAMED, AudioWarning, kinds
from a2e.audio.decode.kinds import Kind, marked_kind
from a2e.audio.decode.media import is_installed
from a2e.audio.decode.mp3_stream import Mp3Cutter, Mp3Decoder
from a2e.audio.decode.mpeg import mp3_frame
from a2e.audio.decode.pcm_files import MAX_HEADER, NotPcmError, header_is_cut, parse_header
from a2e.audio.decode.warnings import Warnings
from a2e.audio.pcm import PcmDecoder
from a2e.audio.samples import check_rate, check_samples
from a2e.errors import AudioError
from a2e.serve.formats import Declared, RawFormat
from a2e.serve.rest.audio import (
    RequestAudio,
    Samples,
    check_length,
    decode_file,
    raw_blocks,
    raw_rate,
)

MP3_HEADS = (b"ID3", b"\xff")
"""First bytes of what may be an MP3 stream."""


@dataclass(frozen=True)
class RawStream:
    """Raw samples that go on from chunk to chunk."""

    format: RawFormat
    is_headed: bool = False
    """Whether a header told the format: it overrules what clients call later chunks."""
    left: int | None = None
    """Bytes of samples that the header still promises; None is not known."""


class Chunks:
    """A session's audio so far, as far as it is needed for the rest.

    A chunk changes nothing until its samples are taken, so that a refused one can be sent again.
    """

    def __init__(self) -> None:
        self._held = b""
        self._raw: RawStream | None = None
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
        if self._raw is not None and (self._held or marked_kind(data) is None):
            raw = self._raw
            if declared.raw is not None and not self._held and not raw.is_headed:
                raw = RawStream(declared.raw)
            return self._samples(raw, whole, rate, max_seconds, final=final)
        kind = marked_kind(whole)
        if not final and self._waits_for_more(whole, kind, declared):
            self._held = whole
            return None
        if kind is not None and kind in kinds.HEADED and not final:
            audio = self._behind_header(whole, kind, declared, max_seconds)
            if audio is not None:
                return audio
        if (kind is kinds.MP3 or _may_be_mp3(whole, kind, declared)) and is_installed():
            return self._mp3(Mp3Cutter(), whole, max_seconds, final=final, declared=declared)
        if declared.raw is not None and kind is None:
            return self._samples(RawStream(declared.raw), whole, rate, max_seconds, final=final)
        return decode_file(whole, declared, max_seconds)

    def _goes_on_as_mp3(self, data: bytes) -> bool:
        assert self._cutter is not None
        return bool(self._cutter.rest or self._cutter.skip) or marked_kind(data) in (
            None,
            kinds.MP3,
        )

    @staticmethod
    def _waits_for_more(data: bytes, kind: Kind | None, declared: Declared) -> bool:
        """Whether bytes are too few to tell what they are, or their header is not all there."""
        if kind in kinds.HEADED:
            return header_is_cut(data)
        if len(data) < kinds.KNOWN_BYTES:
            heads = (*kinds.HEADED_HEADS, *(MP3_HEADS if declared.raw is None else ()))
            return any(data[: len(head)] == head[: len(data)] for head in heads)
        # two MP3 frames in a row tell
        return declared.raw is None and len(data) < 2 * mp3_frame(data[:4])

    def _samples(
        self, raw: RawStream, data: bytes, rate: int | None, max_seconds: float, *, final: bool
    ) -> RequestAudio:
        """Raw samples; the first bytes of one wait for its last, if more may come."""
        data = data[: raw.left]
        decoder = PcmDecoder(raw.format.encoding, raw.format.channels)
        hertz = raw_rate(raw.format, None if raw.is_headed else rate)
        whole = len(data) // decoder.frame_bytes * decoder.frame_bytes
        check_length(whole // decoder.frame_bytes, hertz, max_seconds)
        for block in raw_blocks(data[:whole], decoder):
            check_samples(block)
        warnings = _truncations(raw, len(data), whole) if final else []

        def take() -> Iterator[Samples]:
            left = None if raw.left is None else raw.left - whole
            self._raw = RawStream(replace(raw.format, rate=hertz), raw.is_headed, left)
            self._held = data[whole:]
            yield from raw_blocks(data[:whole], decoder)

        return RequestAudio(hertz, take, warnings)

    def _behind_header(
        self, data: bytes, kind: Kind, declared: Declared, max_seconds: float
    ) -> RequestAudio | None:
        """The samples of a file that goes on in later chunks; None if it does not, or can't."""
        try:
            header = parse_header(data)
        except NotPcmError:
            return None
        if header is None or (header.size and header.start + header.size <= len(data)):
            return None
        format = header.segment.format
        raw = RawStream(
            RawFormat(format.encoding, format.channels, check_rate(format.rate)),
            is_headed=True,
            left=header.size or None,
        )
        audio = self._samples(raw, data[header.start :], None, max_seconds, final=False)
        audio.warnings.extend(_mismatch(declared, kind))
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
        warnings = _mismatch(declared, kinds.MP3) if declared else []
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


def _may_be_mp3(data: bytes, kind: Kind | None, declared: Declared) -> bool:
    """Whether bytes that begin no file may be the middle, or a part, of an MP3 stream."""
    return kind is None and kinds.MP3 in declared.kinds and data[:1] == b"\xff"


def _truncations(raw: RawStream, length: int, whole: int) -> list[AudioWarning]:
    """The warnings of a last chunk of which ``whole`` of its ``length`` bytes are samples."""
    if length > whole:
        message = f"the audio ends within a sample; its {length - whole} last byte(s) are left out"
    elif raw.left is not None and raw.left > length:
        message = f"the audio is broken off: {raw.left - length} bytes of its samples are missing"
    else:
        return []
    return [AudioWarning("truncated", message)]


def _mismatch(declared: Declared, kind: Kind) -> list[AudioWarning]:
    """The warning that a format's name and its content disagree, if they do."""
    warnings = Warnings(UNNAMED)
    if not declared.agrees(kind):
        warnings.add_mismatch(declared.name, kind.name)
    return warnings.list
