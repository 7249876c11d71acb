"""What stands before the sound and is not passed on: ID3 tags, FLAC's pictures and comments."""

from __future__ import annotations

from a2e.audio.decode.source import Source

ID3_HEAD = 10
FLAC_STREAMINFO = 42
"""Bytes of the mark, and of the first metadata block with its header (RFC 9639, 8)."""
LAST_BLOCK = 0x80
MAX_TAGS = 64
"""The most tags in a row."""
MAX_BLOCKS = 1 << 12
"""The most blocks of metadata."""


def id3_bytes(head: bytes) -> int:
    """Bytes of the ID3v2 tag that begins so; 0 if it is none (id3.org, ID3v2.4.0, 3.1)."""
    if len(head) < ID3_HEAD or head[:3] != b"ID3":
        return 0
    size = 0
    for byte in head[6:ID3_HEAD]:
        size = size << 7 | byte & 0x7F
    return ID3_HEAD + size + (ID3_HEAD if head[5] & 0x10 else 0)


def skip_id3(source: Source) -> None:
    """Passes over ID3v2 tags, however large."""
    for _ in range(MAX_TAGS):
        if not (size := id3_bytes(source.peek(ID3_HEAD))):
            return
        source.skip(size)


def skip_flac_metadata(source: Source) -> bytes:
    """Passes over FLAC's metadata; what a decoder needs of it: the mark and STREAMINFO."""
    head = source.read_all(FLAC_STREAMINFO)
    if len(head) < FLAC_STREAMINFO or head[4] & 0x7F:
        return head
    last = head[4] & LAST_BLOCK
    for _ in range(MAX_BLOCKS):
        if last or len(block := source.peek(4)) < 4:
            break
        last = block[0] & LAST_BLOCK
        source.skip(4 + int.from_bytes(block[1:], "big"))
    return head[:4] + bytes([LAST_BLOCK]) + head[5:]
