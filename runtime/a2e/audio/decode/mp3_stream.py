"""An MP3 stream that is cut anywhere: its frames, found as they come whole, and their samples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from a2e.arrays import Floats
from a2e.audio.decode.media import frame_samples
from a2e.audio.decode.mpeg import EncoderFacts, encoder_facts, mp3_frame, mpeg_header
from a2e.audio.decode.tags import ID3_HEAD, id3_bytes
from a2e.errors import AudioError

OLD_TAG = b"TAG"
OLD_TAG_BYTES = 128
"""An ID3v1 tag."""
MAX_LOST = 1 << 16
"""Most bytes without a frame in one piece."""
DECODER_DELAY = 529
"""Samples that every decoder adds before the encoder's own delay."""


class Mp3Frame(NamedTuple):
    """One frame, or, with ``facts``, the one that tells of those behind it."""

    data: bytes
    rate: int
    """Hz."""
    length: int
    """Samples of a frame like this one."""
    facts: EncoderFacts | None

    @property
    def samples(self) -> int:
        return self.length if self.facts is None else 0


@dataclass(frozen=True)
class Mp3Cutter:
    """Finds frames in bytes; what it gives is a new cutter and the frames that came whole."""

    rest: bytes = b""
    """Bytes that belong to no whole frame yet."""
    skip: int = 0
    """Bytes of a tag that have not come."""
    rate: int = 0
    """Of the stream, Hz; 0 before its first frame."""
    lost: int = 0
    """Bytes that belong to no frame."""
    frames: tuple[Mp3Frame, ...] = field(default=(), repr=False)
    """Those that the last bytes completed."""

    def push(self, data: bytes) -> Mp3Cutter:
        """The cutter after more bytes."""
        skipped = min(self.skip, len(data))
        if skipped < self.skip:
            return replace(self, skip=self.skip - skipped, frames=())
        data = self.rest + data[skipped:]
        frames: list[Mp3Frame] = []
        place, rate, lost = 0, self.rate, self.lost
        while len(data) - place >= ID3_HEAD:
            head = data[place : place + ID3_HEAD]
            if tag := _tag_bytes(head):
                place += tag
            elif not (size := _frame_bytes(head, rate)):
                sync = data.find(b"\xff", place + 1)
                sync = len(data) if sync < 0 else sync
                place, lost = sync, lost + sync - place
                _check_lost(lost - self.lost)
            elif place + size > len(data):
                break
            else:
                frame = _frame(data[place : place + size])
                place, rate = place + size, frame.rate
                frames.append(frame)
        skip = max(0, place - len(data))
        return replace(
            self, rest=data[place:], skip=skip, rate=rate, lost=lost, frames=tuple(frames)
        )


class Mp3Decoder:
    """Frames to samples; what an encoder added before and behind is left out."""

    def __init__(self) -> None:
        self._codec: Any = None
        self._drop = 0
        self._left: int | None = None

    def decode(self, frames: tuple[Mp3Frame, ...]) -> Iterator[Floats]:
        """The samples of frames, float32 [n, channels], a frame's at a time."""
        import av

        for frame in frames:
            if self._codec is None or frame.facts is not None:
                self._begin(frame)
            if frame.facts is not None:
                continue
            try:
                decoded = self._codec.decode(av.Packet(frame.data))
            except av.FFmpegError:  # its place in time stays
                decoded = []
            parts = [frame_samples(part) for part in decoded]
            block = np.concatenate(parts) if parts else np.zeros((frame.samples, 1), np.float32)
            block = self._trimmed(block)
            if len(block):
                yield block

    def _begin(self, frame: Mp3Frame) -> None:
        """A file begins: the decoder knows nothing of the one before."""
        import av

        self._codec = av.CodecContext.create("mp3float", "r")
        facts = frame.facts
        self._drop, self._left = 0, None
        if facts is not None and facts.delay:
            self._drop = facts.delay + DECODER_DELAY
            if facts.frames:
                self._left = max(0, facts.frames * frame.length - facts.delay - facts.padding)

    def _trimmed(self, block: Floats) -> Floats:
        drop = min(self._drop, len(block))
        self._drop -= drop
        block = block[drop:]
        if self._left is not None:
            block = block[: self._left]
            self._left -= len(block)
        return block


def _tag_bytes(head: bytes) -> int:
    """Bytes of the ID3 tag that begins so; 0 if it is none."""
    return OLD_TAG_BYTES if head.startswith(OLD_TAG) else id3_bytes(head)


def _frame_bytes(head: bytes, rate: int) -> int:
    """Bytes of the frame that begins so, at the stream's rate if that is known; 0 if it is none."""
    header = mpeg_header(head)
    return mp3_frame(head) if header and rate in (0, header.rate) else 0


def _frame(data: bytes) -> Mp3Frame:
    header = mpeg_header(data)
    assert header is not None
    return Mp3Frame(data, header.rate, header.samples, encoder_facts(data))


def _check_lost(count: int) -> None:
    if count > MAX_LOST:
        raise AudioError(
            "expected an mp3 stream; got other bytes. For raw samples say audio_format pcm"
        )
