"""An MP3 stream that is cut anywhere: its frames, found as they come whole, and their samples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from a2e.errors import AudioError
from a2e.serve.formats import mp3_frame_bytes, mp3_frame_samples, mp3_rate

HEAD_BYTES = 4
TAG_BYTES = 10
"""Head of an ID3v2 tag."""
OLD_TAG_BYTES = 128
"""An ID3v1 tag."""
MAX_LOST = 1 << 16
"""Most bytes without a frame in one piece."""
DECODER_DELAY = 529
"""Samples that every decoder adds before the encoder's own delay."""
DELAY_OFFSET = 21
"""Of the encoder's delay and padding, from the beginning of its name in the info frame."""


class Mp3Frame(NamedTuple):
    """One frame, or, with ``is_info``, the one that tells of those behind it."""

    data: bytes
    is_info: bool

    @property
    def samples(self) -> int:
        return 0 if self.is_info else mp3_frame_samples(self.data)


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
        while len(data) - place >= TAG_BYTES:
            head = data[place : place + TAG_BYTES]
            size = _tag_bytes(head)
            if size:
                place += size
                continue
            size = mp3_frame_bytes(head) if mp3_frame_bytes(head) and self._fits(head, rate) else 0
            if not size:
                sync = data.find(b"\xff", place + 1)
                sync = len(data) if sync < 0 else sync
                place, lost = sync, lost + sync - place
                if lost - self.lost > MAX_LOST:
                    raise AudioError(
                        "expected an mp3 stream; got other bytes. For raw samples say audio_format "
                        "pcm"
                    )
            elif place + size > len(data):
                break
            else:
                frame = data[place : place + size]
                place, rate = place + size, mp3_rate(head)
                frames.append(Mp3Frame(frame, _info(frame) is not None))
        skip = max(0, place - len(data))
        return replace(
            self, rest=data[place:], skip=skip, rate=rate, lost=lost, frames=tuple(frames)
        )

    @staticmethod
    def _fits(head: bytes, rate: int) -> bool:
        return not rate or mp3_rate(head) == rate


class Mp3Decoder:
    """Frames to samples; what an encoder added before and behind is left out."""

    def __init__(self) -> None:
        self._codec: Any = None
        self._drop = 0
        self._left: int | None = None

    def decode(self, frames: tuple[Mp3Frame, ...]) -> Iterator[Any]:
        """The samples of frames, float32 [n, channels], a frame's at a time."""
        import av

        for frame in frames:
            if self._codec is None or frame.is_info:
                self._begin(frame)
            if frame.is_info:
                continue
            try:
                decoded = self._codec.decode(av.Packet(frame.data))
            except av.FFmpegError:  # its place in time stays
                decoded = []
            parts = [_samples(part) for part in decoded]
            block = np.concatenate(parts) if parts else np.zeros((frame.samples, 1), np.float32)
            block = self._trimmed(block)
            if len(block):
                yield block

    def _begin(self, frame: Mp3Frame) -> None:
        """A file begins: the decoder knows nothing of the one before."""
        import av

        self._codec = av.CodecContext.create("mp3float", "r")
        info = _info(frame.data)
        self._drop, self._left = 0, None
        if info is not None and info.delay:
            self._drop = info.delay + DECODER_DELAY
            if info.frames:
                whole = info.frames * mp3_frame_samples(frame.data)
                self._left = max(0, whole - info.delay - info.padding)

    def _trimmed(self, block: Any) -> Any:
        drop = min(self._drop, len(block))
        self._drop -= drop
        block = block[drop:]
        if self._left is not None:
            block = block[: self._left]
            self._left -= len(block)
        return block


class Info(NamedTuple):
    """What an encoder tells in a file's first frame."""

    frames: int
    delay: int
    padding: int


def _info(frame: bytes) -> Info | None:
    """The facts in a Xing, Info or VBRI frame; None if it is an ordinary frame."""
    mono = frame[3] >> 6 == 3
    side = (17 if mono else 32) if frame[1] >> 3 & 3 == 3 else (9 if mono else 17)
    tag = HEAD_BYTES + side
    if frame[36:40] == b"VBRI":
        return Info(0, 0, 0)
    if frame[tag : tag + 4] not in (b"Xing", b"Info"):
        return None
    flags, place = int.from_bytes(frame[tag + 4 : tag + 8], "big"), tag + 8
    frames = int.from_bytes(frame[place : place + 4], "big") if flags & 1 else 0
    place += sum(size for bit, size in ((1, 4), (2, 4), (4, 100), (8, 4)) if flags & bit)
    packed = int.from_bytes(frame[place + DELAY_OFFSET : place + DELAY_OFFSET + 3], "big")
    return Info(frames, packed >> 12, packed & 0xFFF)


def _tag_bytes(head: bytes) -> int:
    """Bytes of the ID3 tag that begins so; 0 if it is none."""
    if head[:3] == b"TAG":
        return OLD_TAG_BYTES
    if head[:3] != b"ID3" or any(byte > 0x7F for byte in head[6:10]):
        return 0
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte
    return TAG_BYTES + size + TAG_BYTES * (head[5] >> 4 & 1)


def _samples(frame: Any) -> Any:
    """An audio frame of PyAV as float32 [n, channels]."""
    array = np.asarray(frame.to_ndarray(), np.float32)
    channels = len(frame.layout.channels)
    return array.T if array.shape[0] == channels else array.reshape(-1, channels)
