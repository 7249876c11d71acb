"""The body of a request, whatever it is sent as: JSON, a form, or the audio itself."""

from __future__ import annotations

import codecs
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser
from typing import Any

from pydantic_core import from_json

from a2e.serve.formats import format_of, parse_format
from a2e.serve.refusals import RefusalError
from a2e.serve.rest.audio import decode_base64
from a2e.serve.rest.protocol import (
    ExpressionRequest,
    check_audio,
    parse_fields,
    parse_request,
)

FILE = "file"
"""The part of a form that holds the audio."""
STRUCTURED = ("gain", "offset", "clamp", "mute", "mood", "style")
"""Fields whose texts in a query or a form may be JSON."""
AUDIO_TYPES = ("audio/", "video/", "application/octet-stream", "application/ogg")
ENCODINGS = ("", "identity", "gzip", "x-gzip", "deflate")
INFLATED_BYTES = 1 << 20
"""Decompressed in one go."""
GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
MAX_PARTS = 64
"""Most parts of a form."""
MAX_PART_HEAD = 4_096
"""Longest header of a part, bytes."""
MAX_FIELD = 1 << 16
"""Longest text of a form's field, bytes."""
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


@dataclass(frozen=True)
class PostedRequest:
    """What a client asks, and its audio."""

    fields: ExpressionRequest
    audio: bytes


def read_request(
    body: bytes | bytearray, headers: Mapping[str, str], query: Mapping[str, str], limit: int
) -> PostedRequest:
    """The request in a body of at most ``limit`` bytes; raises ``RefusalError``."""
    body = inflate(body, headers.get("content-encoding", ""), limit)
    content_type = _content_type(headers.get("content-type", ""))
    options = {name: query[name] for name in query if name in ExpressionRequest.model_fields}
    if content_type.get_content_type() == "multipart/form-data":
        return _form(bytes(body), content_type, options)
    if not body and query:
        return _posted(options, b"")
    if _is_audio(bytes(body[:64]), bytes(body), content_type.get_content_type(), options):
        return _posted(options, bytes(body))
    fields = parse_request(as_utf8(body), defaults=_parsed(options))
    text, fields.audio_base64 = fields.audio_base64, ""
    return PostedRequest(fields, decode_base64(text))


def inflate(body: bytes | bytearray, encoding: str, limit: int) -> bytes | bytearray:
    """The body without its Content-Encoding."""
    encoding = encoding.strip().lower()
    if encoding not in ENCODINGS:
        raise RefusalError(
            "bad_request",
            f"Content-Encoding must be gzip, deflate or none; got {encoding[:40]!r}",
        )
    if encoding in ("", "identity"):
        return body
    inflated = bytearray()
    try:
        decoder = zlib.decompressobj(GZIP_OR_ZLIB)
        rest = bytes(body)
        while rest and not decoder.eof:
            inflated += decoder.decompress(rest, INFLATED_BYTES)
            rest = decoder.unconsumed_tail
            if len(inflated) > limit:
                raise RefusalError(
                    "too_big", f"expected a body of at most {limit} bytes, decompressed; got more"
                )
    except zlib.error:
        raise RefusalError(
            "bad_request", f"expected a body in {encoding}, as its Content-Encoding says"
        ) from None
    if not decoder.eof:
        raise RefusalError("bad_request", f"expected a whole {encoding} body; it breaks off")
    return inflated


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


def _is_audio(head: bytes, body: bytes, content_type: str, options: Mapping[str, str]) -> bool:
    """Whether a body is audio: its content decides, then its type, then what the query says."""
    if format_of(body) is not None or content_type.startswith(AUDIO_TYPES):
        return True
    text = as_utf8(head[: len(head) // 4 * 4] or head)
    if text.lstrip()[:1] in (b"{", b"[", b'"') and not head.startswith(b"\xff\xfb"):
        return False
    return "audio_format" in options or ("json" not in content_type and _is_binary(head))


def _is_binary(head: bytes) -> bool:
    """Whether bytes are no text."""
    return len(head) >= 16 and any(byte < 9 or byte > 0xF4 for byte in head)


def _posted(texts: Mapping[str, Any], audio: bytes) -> PostedRequest:
    """The request of texts, such as a query's, and audio beside them."""
    fields = parse_fields(_parsed(texts))
    if fields.audio_base64 and not audio:
        audio, fields.audio_base64 = decode_base64(fields.audio_base64), ""
    check_audio(fields, bool(audio))
    return PostedRequest(fields, audio)


def _parsed(texts: Mapping[str, str]) -> dict[str, Any]:
    """Fields by their texts; those that can be objects or lists are JSON."""
    return {name: _value(name, text) for name, text in texts.items() if text != ""}


def _value(name: str, text: str) -> Any:
    if name not in STRUCTURED or text[:1] not in ("{", "["):
        return [part for part in text.split(",") if part] if name == "mute" else text
    try:
        return from_json(text, allow_inf_nan=False)
    except ValueError:
        raise RefusalError("bad_request", f"{name} must be JSON; got text that is none") from None


def _content_type(text: str) -> Message:
    message = Message()
    message["Content-Type"] = text[:1_000] or "application/x-unknown"
    return message


def _form(body: bytes, content_type: Message, options: Mapping[str, str]) -> PostedRequest:
    """A multipart form (RFC 7578): the audio in its part ``file``, fields in others."""
    texts: dict[str, Any] = dict(options)
    audio = b""
    for head, content in _parts(body, content_type):
        name = head.get_param("name", header="content-disposition")
        if name == FILE:
            audio = content
            if "audio_format" not in texts:
                texts |= _declared(head)
        elif isinstance(name, str) and name in ExpressionRequest.model_fields:
            if name == "audio_base64":
                texts[name] = content.decode("latin-1")
            elif len(content) > MAX_FIELD:
                raise RefusalError("too_big", f"{name}: expected at most {MAX_FIELD} bytes")
            else:
                texts[name] = content.decode("utf-8", "replace").strip()
    return _posted(texts, audio)


def _declared(head: Message) -> dict[str, str]:
    """The audio format that a part's own type names, if it means anything."""
    text = str(head.get("content-type", ""))
    declared = parse_format(text)
    return {"audio_format": text} if declared.raw or declared.container else {}


def _parts(body: bytes, content_type: Message) -> list[tuple[Message, bytes]]:
    """Heads and contents of a form's parts (RFC 2046, 5.1.1)."""
    boundary = content_type.get_boundary()
    if not boundary or len(boundary) > 200:
        raise RefusalError("bad_request", "a multipart form needs its boundary in Content-Type")
    delimiter = b"\r\n--" + boundary.encode("latin-1", "replace")
    body = b"\r\n" + body if body[:2] != b"\r\n" else body
    places = body.split(delimiter, MAX_PARTS + 1)[1:]
    if not places or len(places) > MAX_PARTS or not places[-1].startswith(b"--"):
        raise RefusalError(
            "bad_request",
            f"expected a multipart form of 1 to {MAX_PARTS} parts, ended by its boundary; got "
            "another body",
        )
    parts = []
    for part in places[:-1]:
        head, blank, content = part.lstrip(b" \t")[2:].partition(b"\r\n\r\n")
        if not blank or len(head) > MAX_PART_HEAD:
            raise RefusalError("bad_request", 'a part of the form has no header; send name="file"')
        parts.append((BytesHeaderParser().parsebytes(head + b"\r\n\r\n"), content))
    return parts
