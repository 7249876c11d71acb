"""MP4's tables: how many samples they claim, before a reader makes room for them.

FFmpeg allocates for each sample that a table counts, and a table needs only 12 bytes to count
2^32. No sample is smaller than a byte, so a claim beyond the file's length is a lie.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from a2e.audio.decode.source import Source
from a2e.errors import AudioFileError

CONTAINERS = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf", b"edts")
COUNTS = {b"stsz": 8, b"stz2": 8, b"trun": 4}
"""Boxes with a count of samples, and where it stands after the box's head."""
RUNS = (b"stts", b"ctts")
"""Boxes with runs of (count, value)."""
MAX_SAMPLES = 1 << 22
"""The most samples of all tracks: 20 hours of AAC."""
MAX_BOXES = 1 << 18
RUN_BYTES = 1 << 16


def check_claims(source: Source) -> None:
    """Raises :class:`AudioFileError` for a seekable MP4 file that claims too many samples."""
    start, length = source.position(), source.remaining()
    with source.elsewhere() as read:
        total = 0
        claims = _claims(lambda place, size: read(start + place, size), 0, length)
        for boxes, (name, count) in enumerate(claims):
            total += count
            limit = MAX_SAMPLES if name in COUNTS else 2 * MAX_SAMPLES
            if count > min(length, limit) or total > 4 * MAX_SAMPLES or boxes > MAX_BOXES:
                raise AudioFileError(
                    f"{source.name} can't be read: it is {length} bytes long and claims to hold "
                    f"{total} pieces of sound or picture",
                    "impossible tables",
                )


def _claims(read: Callable[[int, int], bytes], place: int, end: int) -> Iterator[tuple[bytes, int]]:
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
            yield name, 0
            yield from _claims(read, place + body, stop)
        elif name in COUNTS:
            field = body + COUNTS[name]
            yield name, int.from_bytes(read(place + field, 4), "big")
        elif name in RUNS:
            yield name, _run_total(read, place + body, stop)
        else:
            yield name, 0
        place += size


def _run_total(read: Callable[[int, int], bytes], place: int, stop: int) -> int:
    count = int.from_bytes(read(place + 4, 4), "big")
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
    return total
