"""Multipart forms (RFC 7578, RFC 2046): their parts, in no more memory than those take."""

from __future__ import annotations

from email.message import Message
from email.parser import BytesHeaderParser
from itertools import pairwise

from a2e.serve.refusals import RefusalError

MAX_PARTS = 64
MAX_BOUNDARY = 200
"""Longest boundary, characters."""
MAX_HEAD = 4_096
"""Longest header of a part, bytes."""
HEAD_END = b"\r\n\r\n"
LAST = b"--"
"""Behind the last delimiter."""


def form_parts(body: bytes | bytearray, content_type: Message) -> list[tuple[Message, bytes]]:
    """Heads and contents of a form's parts; raises ``RefusalError``."""
    boundary = content_type.get_boundary()
    if not boundary or len(boundary) > MAX_BOUNDARY:
        raise RefusalError("bad_request", "a multipart form needs its boundary in Content-Type")
    delimiters = _delimiters(body, b"\r\n--" + boundary.encode("latin-1", "replace"))
    last = delimiters[-1][1] if delimiters else 0
    if not 2 <= len(delimiters) <= MAX_PARTS + 1 or body[last : last + len(LAST)] != LAST:
        raise RefusalError(
            "bad_request",
            f"expected a multipart form of 1 to {MAX_PARTS} parts, ended by its boundary; got "
            "another body",
        )
    return [_part(body, end, start) for (_, end), (start, _) in pairwise(delimiters)]


def _delimiters(body: bytes | bytearray, delimiter: bytes) -> list[tuple[int, int]]:
    """Where delimiters begin and end; the first one may begin the body, without its line break."""
    begins = body.startswith(delimiter[2:])
    places = [(0, len(delimiter) - 2)] if begins else []
    place = places[0][1] if begins else 0
    while len(places) <= MAX_PARTS + 1 and (place := body.find(delimiter, place)) >= 0:
        places.append((place, place + len(delimiter)))
        place += len(delimiter)
    return places


def _part(body: bytes | bytearray, start: int, end: int) -> tuple[Message, bytes]:
    """The part between two delimiters: the rest of the first one's line, a head, the content."""
    line_end = body.find(b"\r\n", start, end)
    head_end = body.find(HEAD_END, line_end, end) if line_end >= 0 else -1
    if head_end < 0 or head_end - line_end > MAX_HEAD or bytes(body[start:line_end]).strip(b" \t"):
        raise RefusalError("bad_request", 'a part of the form has no header; send name="file"')
    head = bytes(body[line_end + 2 : head_end]) + HEAD_END
    with memoryview(body) as view:
        return BytesHeaderParser().parsebytes(head), bytes(view[head_end + len(HEAD_END) : end])
