"""Whether a file breaks off: each container tells it in its own way.

Ogg (RFC 3533) marks its last page, FLAC (RFC 9639) and MP3's Xing header count samples or bytes,
MP4 (ISO 14496-12), Matroska (RFC 8794), AIFF, CAF, AVI and WAV give sizes. The rest breaks off in
its last packet, if at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from a2e.audio.decode.kinds import Kind
from a2e.audio.decode.mpeg import encoder_facts, mpeg_header
from a2e.audio.decode.source import HEAD_BYTES, Source

Reader = Callable[[int, int], bytes]
"""Bytes at a place in the file, at most so many."""
UNKNOWN = 0xFFFFFFFF
MP3_SEARCH_BYTES = 1 << 13
MP3_PADDING_FRAMES = 4
"""MP3 frames that a decoder may leave out at both ends."""
OGG_LAST = 4
"""A page's flag: the stream ends with it."""
MAX_OGG_EXCESS = 1 << 13
"""Samples of the longest Vorbis packet."""
EBML_SEGMENT, EBML_CLUSTER = 0x18538067, 0x1F43B675
EBML_CHILDREN = 1 << 17
"""The most elements that are looked at."""
MAX_CHUNKS = 1 << 16
"""The most chunks, boxes or elements that are looked at."""


class Ending:
    """What a file promises, from its first bytes, and whether it was kept."""

    def __init__(self, source: Source, kind: Kind, prefix: bytes) -> None:
        self._source = source
        self._kind = kind
        self._head = prefix + source.peek(HEAD_BYTES)
        self._start = source.count
        self._samples = 0
        self._failed = False
        self._sizes = source.seekable and _file_breaks(source, kind)

    def count(self, samples: int) -> None:
        """Notes decoded samples."""
        self._samples += samples

    def fail(self) -> None:
        """Notes that the last packet could not be decoded."""
        self._failed = True

    def is_broken(self) -> bool:
        """Whether the file ended before its time; to be asked when all is decoded."""
        if self._failed or self._sizes or self._pipe_breaks():
            return True
        if self._kind.demuxer == "flac":
            return self._samples < flac_samples(self._head)
        if self._kind.demuxer == "mp3":
            return self._mp3_is_broken()
        if self._kind.demuxer == "ogg":
            return not _last_page(self._source.last_bytes())[5] & OGG_LAST
        return False

    def ogg_excess(self) -> int:
        """Samples that were decoded beyond the last page's count, which FFmpeg leaves for Vorbis.

        0 for chained streams and for those that don't begin at 0.
        """
        page = _last_page(self._source.last_bytes())
        if page[14:18] != self._head[14:18] or not page[5] & OGG_LAST:
            return 0
        excess = self._samples - int.from_bytes(page[6:14], "little", signed=True)
        return excess if 0 < excess < MAX_OGG_EXCESS else 0

    def _pipe_breaks(self) -> bool:
        """Whether sizes among a pipe's first bytes say that it is longer than it was."""
        source, head = self._source, self._head
        if source.seekable:
            return False
        length = source.count - self._start
        return _sizes_break(lambda place, size: head[place : place + size], length, self._kind)

    def _mp3_is_broken(self) -> bool:
        promise = promised_frames(self._head)
        if promise is None:
            return False
        frames, samples_per_frame = promise
        return self._samples < (frames - MP3_PADDING_FRAMES) * samples_per_frame


def flac_samples(head: bytes) -> int:
    """Samples that a FLAC file's STREAMINFO promises; 0 is not known."""
    return int.from_bytes(head[21:26], "big") & (1 << 36) - 1


def promised_frames(head: bytes) -> tuple[int, int] | None:
    """Frames that an MP3's first one promises, and samples a frame; None where it doesn't."""
    for place in range(min(len(head), MP3_SEARCH_BYTES)):
        if head[place] == 0xFF and (header := mpeg_header(head[place : place + 4])):
            break
    else:
        return None
    facts = encoder_facts(head[place : place + header.size])
    return None if facts is None or facts.frames is None else (facts.frames, header.samples)


def _last_page(tail: bytes) -> bytes:
    """An Ogg file's last page (RFC 3533, 6); zeros if that is not whole."""
    place = tail.rfind(b"OggS")
    page = tail[place:]
    whole = place >= 0 and len(page) >= 27 and len(page) >= 27 + page[26]
    if not whole or len(page) < 27 + page[26] + sum(page[27 : 27 + page[26]]):
        return bytes(27)
    return page


def _file_breaks(source: Source, kind: Kind) -> bool:
    start, length = source.position(), source.remaining()
    with source.elsewhere() as read:
        return _sizes_break(lambda place, size: read(start + place, size), length, kind)


def _sizes_break(read: Reader, length: int, kind: Kind) -> bool:
    """Whether a part of the file says that it is longer than the file is."""
    walks: dict[str, Callable[[Reader, int], Iterator[int]]] = {
        "mov": _box_ends,
        "matroska": _element_ends,
        "aiff": lambda read, length: _chunk_ends(read, "big"),
        "wav": lambda read, length: _chunk_ends(read, "little"),
        "avi": lambda read, length: _chunk_ends(read, "little"),
        "caf": _caf_ends,
        "au": _au_ends,
    }
    if kind.demuxer == "mpegts":
        return length % 188 != 0
    walk = walks.get(kind.demuxer)
    ends = islice(walk(read, length), MAX_CHUNKS) if walk else ()
    return any(end > length for end in ends)


def _box_ends(read: Reader, length: int) -> Iterator[int]:
    place = 0
    while len(head := read(place, 16)) >= 8:
        size = int.from_bytes(head[:4], "big")
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        if size < 8:  # 0: to the end
            return
        place += size
        yield place


def _element_ends(read: Reader, length: int) -> Iterator[int]:
    place = 0
    for _ in range(EBML_CHILDREN):
        head = read(place, 12)
        if len(head) < 2 or not head[0]:
            return
        name_size = 9 - head[0].bit_length()
        size_head = head[name_size] if name_size < len(head) else 0
        if not size_head:
            yield length + 1
            return
        width = 9 - size_head.bit_length()
        name = int.from_bytes(head[:name_size], "big")
        size = int.from_bytes(head[name_size : name_size + width], "big") & (1 << 7 * width) - 1
        place += name_size + width
        unknown = size == (1 << 7 * width) - 1
        if not unknown:
            yield place + size
        if name not in (EBML_SEGMENT, EBML_CLUSTER):
            if unknown:
                return
            place += size


def _chunk_ends(read: Reader, order: str) -> Iterator[int]:
    """The chunks within RIFF or FORM; sizes that a streaming writer did not know are left out."""
    place = 12
    while len(head := read(place, 8)) == 8:
        size = int.from_bytes(head[4:], order)  # type: ignore[arg-type]
        if size == UNKNOWN or (size == 0 and head[:4] == b"data"):
            return
        yield place + 8 + size
        place += 8 + size + size % 2


def _caf_ends(read: Reader, length: int) -> Iterator[int]:
    place = 8
    while len(head := read(place, 12)) == 12:
        size = int.from_bytes(head[4:], "big", signed=True)
        if size < 0:
            return
        place += 12 + size
        yield place


def _au_ends(read: Reader, length: int) -> Iterator[int]:
    head = read(0, 12)
    size = int.from_bytes(head[8:], "big")
    if size != UNKNOWN:
        yield int.from_bytes(head[4:8], "big") + size
