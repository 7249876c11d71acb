"""The body of a request, whatever it is sent as: JSON, a form, or the audio itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any

from pydantic_core import from_json

from a2e.audio.decode.kinds import marked_kind
from a2e.serve.formats import parse_format
from a2e.serve.refusals import RefusalError
from a2e.serve.rest.audio import decode_base64
from a2e.serve.rest.encodings import as_utf8, inflate
from a2e.serve.rest.forms import form_parts
from a2e.serve.rest.protocol import (
    ExpressionRequest,
    check_audio,
    parse_fields,
    parse_request,
)

HEAD_BYTES = 1 << 14
"""Bytes by which a file is known: two of the longest frames."""
TEXT_BYTES = 64
"""Bytes by which text is known; whole letters in any encoding."""
MIN_BINARY = 16
"""Fewest bytes that are taken for audio because they are no text."""
JSON_START = re.compile(rb'\s*(?:\{\s*(?:["}]|$)|\[|")')
FILE = "file"
"""The part of a form that holds the audio."""
STRUCTURED = ("gain", "offset", "clamp", "mute", "mood", "style", "regions", "smooth")
"""Fields whose texts in a query or a form may be JSON."""
AUDIO_TYPES = ("audio/", "video/", "application/ogg")
BINARY_TYPES = ("application/octet-stream", "binary/octet-stream")
"""What clients call anything; JSON, too."""
MAX_FIELD = 1 << 16
"""Longest text of a form's field, bytes."""


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
        return _form(body, content_type, options)
    if not body and query:
        return _posted(options, b"")
    head = bytes(body[:HEAD_BYTES])
    if _is_audio(head, content_type.get_content_type(), options):
        return _posted(options, bytes(body))
    fields = parse_request(as_utf8(body), defaults=_parsed(options))
    text, fields.audio_base64 = fields.audio_base64, ""
    return PostedRequest(fields, decode_base64(text))


def _is_audio(head: bytes, content_type: str, options: Mapping[str, str]) -> bool:
    """Whether a body is audio: its content decides, then its type, then what the query says."""
    if marked_kind(head) is not None or content_type.startswith(AUDIO_TYPES):
        return True
    head = head[:TEXT_BYTES]
    if _is_json(head):
        return False
    if "audio_format" in options or content_type in BINARY_TYPES:
        return True
    return "json" not in content_type and len(head) >= MIN_BINARY and _is_binary(head)


def _is_json(head: bytes) -> bool:
    """Whether bytes begin as JSON does: raw samples may begin with a brace, but are no text."""
    try:
        text = as_utf8(head)
    except RefusalError:
        return False
    return JSON_START.match(text) is not None and not _is_binary(text)


def _is_binary(head: bytes | bytearray) -> bool:
    """Whether bytes are no text in UTF-8."""
    return any(byte < 9 or byte > 0xF4 for byte in head)


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


def _form(
    body: bytes | bytearray, content_type: Message, options: Mapping[str, str]
) -> PostedRequest:
    """A multipart form (RFC 7578): the audio in its part ``file``, fields in others."""
    texts: dict[str, Any] = dict(options)
    audio = b""
    for head, content in form_parts(body, content_type):
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
    return {"audio_format": text} if declared.raw or declared.kinds else {}
