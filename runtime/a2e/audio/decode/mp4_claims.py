"""MP4's tables: how many samples they claim, before a reader makes room for them.

FFmpeg allocates for each sample that a table counts, and a table needs only 12 bytes to count
2^32. No sample is smaller than a byte, so a claim beyond the file's length is a lie.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from a2e.audio.decode.source import Source
from a2e.errors import AudioFileError

CONTAINERS = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf", b"edts")
COUNTS = {b"stsz": 8, b"stz2": 8, b"trun": 4}
"""Boxes with a count of samples, and where it stands after the box's head."""
RUNS = (b"stts", b"ctts")
"""Boxes with runs of (count, value)."""
MAX_SAMPLES = 1 << 22
"""The most samples of all tracks: 20 hours of AAC."""
MAX_BOXES = 1 << 16
RUN_BYTES = 1 << 16


def check_claims(source: Source) -> None:
    """Raises :class:`AudioFileError` for a seekable MP4 file that claims too many samples."""
    start, length = source.position(), source.remaining()
    with source.elsewhere() as read:
        total = 0
        track = _Track()
        for boxes, box in enumerate(_claims(lambda at, size: read(start + at, size), 0, length)):
            if box.name == b"trak":
                track = _Track()
            total += box.count
            track.add(box)
            limit = MAX_SAMPLES if track.is_indexed else length
            if box.count > length or track.samples > limit or boxes > MAX_BOXES:
                raise AudioFileError(
                    f"{source.name} can't be read: it is {length} bytes long and claims to hold "
                    f"{total} pieces of sound or picture",
                    "impossible tables",
                )


@dataclass(frozen=True)
class _Box:
    name: bytes
    count: int = 0
    uniform: bool = False
    """Samples of equal size; times of 1 each."""


class _Track:
    """What a track's tables claim together."""

    def __init__(self) -> None:
        self.samples = 0
        self._uneven = False
        self._times_known = False

    def add(self, box: _Box) -> None:
        if box.name in (b"stsz", b"stz2", b"trun"):
            self._uneven |= not box.uniform
        elif box.name == b"stts":
            self._times_known = True
            self._uneven |= not box.uniform
        self.samples = max(self.samples, box.count)

    @property
    def is_indexed(self) -> bool:
        """Whether a reader indexes each sample: not raw ones, of equal size and 1 tick each."""
        return self._uneven or not self._times_known


def _claims(read: Callable[[int, int], bytes], place: int, end: int) -> Iterator[_Box]:
    while place < end and len(head := read(place, 24)) >= 8:
        size, name = int.from_bytes(head[:4], "big"), head[4:8]
        body = 8
        if size == 1:
            size, body = int.from_bytes(head[8:16], "big"), 16
        size = size or end - place
        if size < body:
            return
        stop = min(end, place + size)
        if name in CONTAINERS:
            yield _Box(name)
            yield from _claims(read, place + body, stop)
        elif name in COUNTS:
            field = body + COUNTS[name]
            equal = name == b"stsz" and any(read(place + body + 4, 4))
            yield _Box(name, int.from_bytes(read(place + field, 4), "big"), equal)
        elif name in RUNS:
            total, single = _run_total(read, place + body, stop)
            yield _Box(name, total, single)
        else:
            yield _Box(name)
        place += size


def _run_total(read: Callable[[int, int], bytes], place: int, stop: int) -> tuple[int, bool]:
    """The sum of all runs, and whether it is a single run of the value 1."""
    count = int.from_bytes(read(place + 4, 4), "big")
    single = count == 1 and read(place + 12, 4) == b"\0\0\0\1"
    place += 8
    stop = min(stop, place + 8 * count)
    total = 0
    while place < stop:
        data = read(place, min(RUN_BYTES, stop - place))
        data = data[: len(data) // 8 * 8]
        if not data:
            break
        total += sum(run for run, _ in struct.iter_unpack(">II", data))
        place += len(data)
    return total, single
