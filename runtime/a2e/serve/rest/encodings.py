"""What a body is wrapped in: compression, and encodings of text."""

from __future__ import annotations

import codecs
import zlib

from a2e.serve.refusals import RefusalError

CODINGS = ("", "identity", "gzip", "x-gzip", "deflate")
INFLATED_BYTES = 1 << 20
"""Decompressed in one go."""
GZIP_HEAD = b"\x1f\x8b"
GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
MAX_MEMBERS = 64
"""Most gzip files in a row."""
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Byte order marks and what they mark."""
UNMARKED = ((b"{\0", "utf-16-le"), (b"\0{", "utf-16-be"))
"""The beginning of an object in an encoding without its mark."""


def inflate(body: bytes | bytearray, encoding: str, limit: int) -> bytes | bytearray:
    """The body without its Content-Encoding."""
    encoding = encoding.strip().lower()
    if encoding not in CODINGS:
        raise RefusalError(
            "bad_request",
            f"Content-Encoding must be gzip, deflate or none; got {encoding[:40]!r}",
        )
    if encoding in ("", "identity"):
        return body
    try:
        return _inflated(bytes(body), encoding, limit)
    except zlib.error:
        raise RefusalError(
            "bad_request", f"expected a body in {encoding}, as its Content-Encoding says"
        ) from None


def _inflated(rest: bytes, encoding: str, limit: int) -> bytearray:
    """What was compressed; gzip's members may follow each other (RFC 1952, 2.2)."""
    inflated = bytearray()
    for _ in range(MAX_MEMBERS):
        decoder = zlib.decompressobj(GZIP_OR_ZLIB if _has_head(rest) else -zlib.MAX_WBITS)
        while rest and not decoder.eof:
            inflated += decoder.decompress(rest, INFLATED_BYTES)
            rest = decoder.unconsumed_tail
            if len(inflated) > limit:
                raise RefusalError(
                    "too_big", f"expected a body of at most {limit} bytes, decompressed; got more"
                )
        if not decoder.eof:
            raise RefusalError("bad_request", f"expected a whole {encoding} body; it breaks off")
        rest = decoder.unused_data
        if not rest.startswith(GZIP_HEAD):
            return inflated
    raise RefusalError(
        "too_big", f"expected {encoding} of at most {MAX_MEMBERS} members; got more. Pack it anew"
    )


def _has_head(data: bytes) -> bool:
    """Whether data have gzip's or zlib's header; some clients send "deflate" without (RFC 9110)."""
    return data.startswith(GZIP_HEAD) or int.from_bytes(data[:2], "big") % 31 == 0


def as_utf8(body: bytes | bytearray) -> bytes | bytearray:
    """JSON in UTF-8 without a byte order mark; raises ``RefusalError``."""
    for mark, encoding in MARKS:
        if body.startswith(mark):
            return _recoded(body[len(mark) :], encoding)
    for beginning, encoding in UNMARKED:
        if body.startswith(beginning):
            return _recoded(body, encoding)
    return body


def _recoded(body: bytes | bytearray, encoding: str) -> bytes | bytearray:
    if encoding == "utf-8":
        return body
    try:
        return body.decode(encoding).encode()
    except UnicodeError:
        raise RefusalError(
            "bad_request", f"expected a JSON object; got text that is no {encoding}"
        ) from None
