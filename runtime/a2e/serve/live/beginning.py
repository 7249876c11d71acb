"""The beginning of a speech's bytes: a header that somebody left before raw samples is no sound."""

from __future__ import annotations

from a2e.audio.decode.kinds import HEADED, HEADED_HEADS, KNOWN_BYTES, Kind, marked_kind
from a2e.audio.decode.pcm_files import Header, header_is_cut, parse_header
from a2e.errors import AudioError
from a2e.serve.live.messages import Start


class Beginning:
    """Holds the first bytes of a speech until they are known for samples, or for a header."""

    def __init__(self, start: Start) -> None:
        self._expected = f"expected raw samples, {start.sample_format} at {start.rate} Hz"
        self._held = b""
        self.is_over = False
        """Whether all bytes from now on are samples."""
        self.warning: str | None = None
        """What the client should know of the bytes so far."""

    def push(self, data: bytes) -> bytes:
        """The samples among the bytes so far."""
        data = self._held + data
        kind = marked_kind(data)
        if _waits(data, kind):
            self._held = data
            return b""
        return self._samples(data, kind)

    def finish(self) -> bytes:
        """What was held though nothing more came."""
        return self._samples(self._held, marked_kind(self._held))

    def _samples(self, data: bytes, kind: Kind | None) -> bytes:
        self._held, self.is_over = b"", True
        header = _header(data) if kind in HEADED else None
        if kind is None:
            return data
        if header is None:
            self.warning = (
                f"{self._expected}; this begins as a file of {kind.name} does and will be noise. "
                "Decode it first, or send it to /api/audio2expression"
            )
            return data
        format = header.segment.format
        self.warning = (
            f"{self._expected}; got the header of a {kind.name} file ({format.encoding} at "
            f"{format.rate} Hz, {format.channels} channel(s)), which is left out"
        )
        return data[header.start :]


def _waits(data: bytes, kind: Kind | None) -> bool:
    """Whether more bytes are needed to tell what these are."""
    if kind in HEADED:
        return header_is_cut(data)
    return len(data) < KNOWN_BYTES and any(data[:4] == head[: len(data)] for head in HEADED_HEADS)


def _header(data: bytes) -> Header | None:
    """The header before raw samples; None where those are compressed."""
    try:
        return parse_header(data)
    except AudioError:
        return None
