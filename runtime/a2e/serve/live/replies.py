"""What the service says: JSON messages, and frames as JSON or in bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from a2e.arrays import Floats
from a2e.binary_frames import BinaryFrames, pack_frames
from a2e.formats.messages import frames_json
from a2e.rates import Rate
from a2e.serve.live.messages import Start
from a2e.serve.live.requests import Warn
from a2e.serve.wire import dump


@dataclass(frozen=True)
class Reply:
    """Text or bytes for a client; ``speech`` is the one that it belongs to, if any."""

    content: str | bytes
    speech: int | None = None
    frames: int = 0


def text_reply(message: dict[str, Any], speech: int | None = None) -> Reply:
    """A JSON message that holds no frames."""
    return Reply(dump(message), speech)


def warning_reply(warning: Warn) -> Reply:
    """The ``warning`` message."""
    message = {"type": "warning", "code": warning.code, "message": warning.message}
    return text_reply(message, warning.speech)


def frames_reply(start: Start, speech: int, first: int, frames: Floats, fps: Rate) -> Reply:
    """Frames [n, shapes], the first of them number ``first``, as ``start`` wants them."""
    encode = frames_binary if start.output == "binary" else frames_json
    return Reply(encode(speech, first, frames, fps), speech, len(frames))


def frames_binary(speech: int, first: int, frames: Floats, fps: Rate) -> bytes:
    """Frames [n, shapes] as a binary message, which has no time."""
    return pack_frames(BinaryFrames(speech, first, frames))
