"""Frames of MPEG audio (ISO 11172-3 and 13818-3) and of ADTS (ISO 13818-7), by their headers."""

from __future__ import annotations

from typing import NamedTuple

HEAD_BYTES = 4
"""Of an MPEG audio frame."""
ADTS_HEAD_BYTES = 7
LAYER_3 = 3
RATES = (44_100, 48_000, 32_000)
"""Of MPEG 1, Hz; MPEG 2 has the half, MPEG 2.5 the quarter."""
KBITS = {
    (True, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""Bit rates by (MPEG 1, layer), kbit/s."""
TAG_END = 4 + 32 + 8
"""Where the name of a Xing, Info or VBRI tag ends at the latest, behind the side information."""
ENCODER_DELAY = 21
"""From the encoder's name, behind the tag's fields, to its delay and padding (LAME's extension)."""


class MpegHeader(NamedTuple):
    """What a frame's header tells."""

    size: int
    """Bytes of the frame."""
    layer: int
    rate: int
    """Hz."""
    samples: int


def mpeg_header(head: bytes) -> MpegHeader | None:
    """The header of an MPEG audio frame (ISO 11172-3, 2.4.1.3); None if it is none."""
    if len(head) < HEAD_BYTES or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version, layer = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3)
    bits, rate, pad = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if version == 1 or layer == 4 or rate == 3 or bits in (0, 15):
        return None
    first = version == 3
    bit_rate = KBITS[first, layer][bits - 1] * 1000
    hertz = RATES[rate] >> (3 - version if version else 2)
    samples = 384 if layer == 1 else 1152 if first or layer == 2 else 576
    size = (12 * bit_rate // hertz + pad) * 4 if layer == 1 else samples // 8 * bit_rate // hertz
    return MpegHeader(size if layer == 1 else size + pad, layer, hertz, samples)


def mpeg_frame(head: bytes) -> int:
    """Bytes of the MPEG audio frame with this header, 0 if it is none."""
    header = mpeg_header(head)
    return header.size if header else 0


def mp3_frame(head: bytes) -> int:
    """Bytes of the layer III frame with this header, 0 if it is none."""
    header = mpeg_header(head)
    return header.size if header and header.layer == LAYER_3 else 0


def adts_frame(head: bytes) -> int:
    """Bytes of the ADTS frame with this header, 0 if it is none (ISO 13818-7, 6.2)."""
    if len(head) < ADTS_HEAD_BYTES or head[0] != 0xFF or head[1] & 0xF6 != 0xF0:
        return 0
    if head[2] >> 2 & 15 > 12:
        return 0
    size = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return size if size > ADTS_HEAD_BYTES else 0


class EncoderFacts(NamedTuple):
    """What an encoder tells in a file's first frame, which holds no sound."""

    frames: int | None
    """Those that follow; None is not told."""
    delay: int = 0
    """Samples that it put before the sound; 0 is not told."""
    padding: int = 0
    """Samples that it put behind."""


def encoder_facts(frame: bytes) -> EncoderFacts | None:
    """The facts in a Xing, Info or VBRI frame; None if it is an ordinary one."""
    tags = {name: frame.find(name, HEAD_BYTES, TAG_END) for name in (b"Xing", b"Info", b"VBRI")}
    name, tag = next(((name, place) for name, place in tags.items() if place >= 0), (b"", -1))
    if tag < 0:
        return None
    if name == b"VBRI":
        return EncoderFacts(int.from_bytes(frame[tag + 14 : tag + 18], "big"))
    flags, place = int.from_bytes(frame[tag + 4 : tag + 8], "big"), tag + 8
    frames = int.from_bytes(frame[place : place + 4], "big") if flags & 1 else None
    place += sum(size for bit, size in ((1, 4), (2, 4), (4, 100), (8, 4)) if flags & bit)
    packed = int.from_bytes(frame[place + ENCODER_DELAY : place + ENCODER_DELAY + 3], "big")
    return EncoderFacts(frames, packed >> 12, packed & 0xFFF)
