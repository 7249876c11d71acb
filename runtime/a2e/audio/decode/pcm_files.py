"""Containers of raw samples: WAV, RF64, RIFX, W64 and AU, from files and pipes, also joined.

Sizes in headers are what a streaming writer knew, so they are taken with care: 0 and the largest
values mean "to the end". ``fmt `` as in Microsoft's mmreg.h, RF64 as in EBU Tech 3306, W64 as in
Sony's (Sonic Foundry's) description, AU as in Sun's audio(4).
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from a2e.arrays import Floats
from a2e.audio.decode.checks import check_channels
from a2e.audio.decode.source import UNNAMED, Source
from a2e.audio.decode.warnings import Warnings
from a2e.audio.pcm import PcmDecoder
from a2e.audio.samples import INT16_SCALE
from a2e.errors import AudioFileError

READ_BYTES = 1 << 15
UNKNOWN_FROM = 0x7FFF_0000
"""Sizes from here up were not known when they were written."""
PCM, FLOAT, ALAW, MULAW, EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
MAX_CHUNKS = 1 << 12
"""The most chunks before samples, and behind them."""
MAX_JOINED = 1 << 16
"""The most files that are joined end to end."""
MAX_HEADER = 1 << 18
"""Longest header that is waited for where bytes come in pieces."""
FORMAT_BYTES = 1 << 12
"""The most that is read of a ``fmt `` chunk."""
AU_ENCODINGS = dict(
    zip(range(1, 8), "mulaw s8 s16be s24be s32be f32be f64be".split(), strict=True)
) | {27: "alaw"}
W64_TAIL = bytes.fromhex("f3acd3118cd100c04f8edb8a")
"""The last bytes of all of W64's chunk names but the first."""
STARTS = re.compile(
    rb"(?:RIFF|RIFX|RF64|BW64)....WAVE(?:fmt |ds64|JUNK|bext|LIST)"
    rb"|riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00"
    rb"|\.snd\x00\x00.{9}[\x01-\x1b].{4}\x00\x00\x00.",
    re.DOTALL,
)
"""The beginning of another file among samples."""
START_BYTES = 24
AFTER_SAMPLES = (b"LIST", b"fact", b"bext", b"JUNK", b"cue ", b"smpl", b"PEAK", b"id3 ", b"ID3 ")
"""Chunks that stand after samples, if there are none too."""


@dataclass(frozen=True)
class Format:
    """Samples in a container."""

    encoding: str
    channels: int
    rate: int

    @property
    def frame_bytes(self) -> int:
        return PcmDecoder(self.encoding, self.channels).frame_bytes


@dataclass(frozen=True)
class Segment:
    """A header's promise: its samples, and how many bytes of them; None is not known."""

    format: Format
    size: int | None
    alignment: int
    """What the samples' bytes are padded to."""

    @property
    def length(self) -> int | None:
        """Samples."""
        return None if self.size is None else self.size // self.format.frame_bytes


class PcmFile:
    """Decodes a file of raw samples; the source stands at its first header.

    Raises :class:`AudioFileError` for a header that makes no sense, :class:`NotPcmError` for
    compressed samples; the source then stands after the header.
    """

    def __init__(self, source: Source, warnings: Warnings) -> None:
        self._source = source
        self._warnings = warnings
        segment = _read_header(source)
        if segment is None:
            raise AudioFileError(f"{source.name} ends within its header", "no samples")
        self._segment = segment
        self.format = segment.format
        """The first header's."""
        known = segment.size is not None and source.seekable and segment.size <= source.remaining()
        self.length = segment.length if known else None

    def pieces(self) -> Iterator[tuple[Floats, int]]:
        """Samples float32 [n, channels] and their rate, from one header after another."""
        segment: Segment | None = self._segment
        for _ in range(MAX_JOINED):
            if segment is None:
                return
            format = segment.format
            decoder = PcmDecoder(format.encoding, format.channels)
            for data in self._data(segment):
                yield _floats(decoder.push(data)), format.rate
            segment = self._following()
        self._warnings.add(
            "damaged", f"joined from more than {MAX_JOINED} files; the first were used"
        )

    def _data(self, segment: Segment) -> Iterator[bytes]:
        if segment.size is None:
            return _endless_data(self._source)
        return self._sized_data(segment.size, segment.alignment)

    def _sized_data(self, size: int, alignment: int) -> Iterator[bytes]:
        rest = size
        while rest:
            data = self._source.read(min(rest, READ_BYTES))
            if not data:
                self._warnings.add(
                    "truncated", f"broken off: {size - rest} of {size} bytes of samples are there"
                )
                return
            rest -= len(data)
            yield data
        padding = -size % alignment
        if not any(self._source.peek(padding)):
            self._source.skip(padding)

    def _following(self) -> Segment | None:
        """The next header of a joined file; None at its end."""
        source = self._source
        for _ in range(MAX_CHUNKS):
            head = source.peek(START_BYTES)
            if STARTS.match(head):
                return _read_header(source)
            if not _is_chunk(head):
                return None
            source.skip(8 + _padded(struct.unpack("<I", head[4:8])[0]))
        return None


class NotPcmError(AudioFileError):
    """The container holds compressed samples."""


def is_pcm(source: Source, head: bytes) -> bool:
    """Whether the header that begins so tells of raw samples; the source stays where it is."""
    try:
        PcmFile(Source(io.BytesIO(head), source.name), Warnings(source.name))
    except NotPcmError:
        return False
    except AudioFileError:
        return True
    return True


@dataclass(frozen=True)
class Header:
    """What stands before raw samples."""

    segment: Segment
    start: int
    """Bytes of the header."""

    @property
    def size(self) -> int | None:
        """Bytes of the samples; None is not known."""
        return self.segment.size


def parse_header(head: bytes) -> Header | None:
    """The header that these first bytes of a file hold; None while it is not all there.

    Raises :class:`AudioFileError` for one that makes no sense, :class:`NotPcmError` for
    compressed samples.
    """
    source = Source(io.BytesIO(head), UNNAMED)
    segment = _read_header(source)
    return None if segment is None else Header(segment, source.count)


def header_is_cut(head: bytes) -> bool:
    """Whether a header is not all there, and not longer than is waited for."""
    try:
        return len(head) < MAX_HEADER and parse_header(head) is None
    except AudioFileError:
        return False


def _read_header(source: Source) -> Segment | None:
    head = source.peek(4)
    if head == b".snd":
        return _au_segment(source)
    return _w64_segment(source) if head == b"riff" else _wav_segment(source)


def _wav_segment(source: Source) -> Segment | None:
    head = source.read_all(12)
    order = ">" if head[:4] == b"RIFX" else "<"
    format: Format | None = None
    large: int | None = None
    for _ in range(MAX_CHUNKS):
        if len(chunk := source.read_all(8)) < 8:
            return None
        name, size = chunk[:4], struct.unpack(f"{order}I", chunk[4:])[0]
        if name == b"data":
            return _segment(source, format, _data_size(source, size, large), 2)
        wanted = min(size, FORMAT_BYTES) if name in (b"fmt ", b"ds64") else 0
        body = source.read_all(wanted)
        if len(body) < wanted:
            return None
        if name == b"fmt ":
            format = _format(body, order, source.name)
        elif name == b"ds64":
            large = int.from_bytes(body[8:16], "little")
        source.skip(_padded(size) - len(body))
    raise _too_many_chunks(source.name)


def _too_many_chunks(name: str) -> AudioFileError:
    return AudioFileError(
        f"{name} has more than {MAX_CHUNKS} chunks before its samples; write it anew", "no samples"
    )


def _data_size(source: Source, size: int, large: int | None) -> int | None:
    """Bytes of samples that a WAV header promises; None where its writer did not know."""
    if size == 0xFFFFFFFF and large:
        return large if large < 1 << 62 else None
    if size == 0:
        after = source.peek(START_BYTES)
        return 0 if not after or after[:4] in AFTER_SAMPLES or STARTS.match(after) else None
    return None if size >= UNKNOWN_FROM else size


def _w64_segment(source: Source) -> Segment | None:
    source.read_all(16 + 8 + 16)
    format: Format | None = None
    for _ in range(MAX_CHUNKS):
        if len(chunk := source.read_all(24)) < 24:
            return None
        name = chunk[:4] if chunk[4:16] == W64_TAIL else b""
        total = int.from_bytes(chunk[16:], "little")
        size = max(0, total - 24)
        if name == b"data":
            unknown = size == 0 or total >= 1 << 62
            return _segment(source, format, None if unknown else size, 8)
        if name == b"fmt ":
            body = source.read_all(min(size, FORMAT_BYTES))
            if len(body) < min(size, FORMAT_BYTES):
                return None
            format = _format(body, "<", source.name)
            size -= len(body)
        source.skip(size + -total % 8)
    raise _too_many_chunks(source.name)


def _au_segment(source: Source) -> Segment | None:
    head = source.read_all(24)
    if len(head) < 24:
        return None
    offset, size, code, rate, channels = struct.unpack(">5I", head[4:])
    if code not in AU_ENCODINGS:
        raise NotPcmError(f"{source.name} holds AU's encoding {code}", "not PCM")
    source.skip(max(0, offset - 24))
    format = _checked(Format(AU_ENCODINGS[code], channels, rate), source.name)
    return _segment(source, format, None if size == 0 or size >= UNKNOWN_FROM else size, 1)


def _segment(source: Source, format: Format | None, size: int | None, alignment: int) -> Segment:
    if format is None:
        raise AudioFileError(
            f"{source.name} has samples before their format; convert it first", "no fmt chunk"
        )
    return Segment(format, size, alignment)


def _format(body: bytes, order: str, name: str) -> Format:
    if len(body) < 16:
        raise AudioFileError(f"{name} has a header that is too short", "fmt chunk too short")
    tag, channels, rate, _, align, bits = struct.unpack(f"{order}HHIIHH", body[:16])
    if tag == EXTENSIBLE and len(body) >= 26:
        tag = struct.unpack(f"{order}H", body[24:26])[0]
    if tag not in (PCM, FLOAT, ALAW, MULAW):
        raise NotPcmError(f"{name} holds samples of WAV's format {tag}", "not PCM")
    if tag in (ALAW, MULAW):
        return _checked(Format("alaw" if tag == ALAW else "mulaw", channels, rate), name)
    width = align // channels if channels and align and align % channels == 0 else -(-bits // 8)
    end = "be" if order == ">" else "le"
    if tag == FLOAT and width in (4, 8):
        encoding = f"f{8 * width}{end}"
    elif tag == PCM and width in (1, 2, 3, 4):
        encoding = "u8" if width == 1 else f"s{8 * width}{end}"
    else:
        raise NotPcmError(f"{name} holds samples of {8 * width} bits", "not PCM")
    return _checked(Format(encoding, channels, rate), name)


def _checked(format: Format, name: str) -> Format:
    check_channels(format.channels, name)
    return format


def _endless_data(source: Source) -> Iterator[bytes]:
    """Everything up to the next file's header, or to the end."""
    held = b""
    while data := source.read(READ_BYTES):
        held += data
        start = STARTS.search(held)
        if start is not None:
            source.unread(held[start.start() :])
            yield held[: start.start()]
            return
        # a header may begin in the last bytes: they wait for the next ones
        yield held[:-START_BYTES]
        held = held[-START_BYTES:]
    yield held


def _is_chunk(head: bytes) -> bool:
    return len(head) >= 8 and all(32 <= letter < 127 for letter in head[:4])


def _padded(size: int) -> int:
    return size + size % 2


def _floats(samples: np.typing.NDArray[np.generic]) -> Floats:
    if samples.dtype == np.int16:
        return samples.astype(np.float32) / np.float32(INT16_SCALE)
    return samples.astype(np.float32, copy=False)
