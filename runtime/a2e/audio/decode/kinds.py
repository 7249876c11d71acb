"""Kinds of files, told by their first bytes; nothing is asked of a name or a label.

FFmpeg gets one of these demuxers by name and never probes: its playlists, scripts and others that
open further files or addresses are out of reach.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from a2e.errors import AudioFileError

MPEG_RUN = 3
"""MPEG frames that must follow each other where sound doesn't begin with the file."""


@dataclass(frozen=True)
class Kind:
    """A container that can hold sound."""

    name: str
    """In messages."""
    demuxer: str
    """FFmpeg's name of its reader."""
    labels: tuple[str, ...]
    """Extensions, media subtypes and formats that mean it."""
    timeline: bool = False
    """Whether its packets say when they are due."""
    streamed: bool = False
    """Whether it can be read from a pipe as it comes."""


WAV = Kind("WAV", "wav", ("wav", "wave", "rf64", "bw64", "pcm"), streamed=True)
W64 = Kind("W64", "w64", ("w64",), streamed=True)
AU = Kind("AU", "au", ("au", "snd", "basic"), streamed=True)
AIFF = Kind("AIFF", "aiff", ("aiff", "aif", "aifc"))
CAF = Kind("CAF", "caf", ("caf",))
AMR = Kind("AMR", "amr", ("amr", "amrwb", "awb"), streamed=True)
FLAC = Kind("FLAC", "flac", ("flac",), streamed=True)
OGG = Kind("Ogg", "ogg", ("ogg", "oga", "opus", "vorbis", "spx"), timeline=True, streamed=True)
MATROSKA = Kind("WebM or Matroska", "matroska", ("webm", "mkv", "mka", "matroska"), timeline=True)
MP4 = Kind(
    "MP4", "mov", ("mp4", "m4a", "m4b", "mov", "quicktime", "3gp", "3gpp", "aac", "alac"), True
)
MP3 = Kind("MP3", "mp3", ("mp3", "mpeg", "mpga", "mp2", "mpa"))
ADTS = Kind("AAC", "aac", ("aac", "aacp", "adts"), streamed=True)
MPEG_TS = Kind("MPEG-TS", "mpegts", ("ts", "mp2t", "mpegts"), timeline=True)
AVI = Kind("AVI", "avi", ("avi", "msvideo"), timeline=True)
FLV = Kind("FLV", "flv", ("flv",), timeline=True)
ASF = Kind("ASF or WMA", "asf", ("wma", "asf", "wmv"), timeline=True)
WAVPACK = Kind("WavPack", "wv", ("wv", "wavpack"))
SPHERE = Kind("NIST SPHERE", "nistsphere", ("sph", "nist"))

MAGIC: tuple[tuple[int, bytes, Kind], ...] = (
    (0, b"fLaC", FLAC),
    (0, b"OggS", OGG),
    (0, b"\x1aE\xdf\xa3", MATROSKA),
    (0, b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00", W64),
    (0, b".snd", AU),
    (0, b"caff\x00", CAF),
    (0, b"#!AMR", AMR),
    (0, b"FLV\x01", FLV),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", ASF),
    (0, b"wvpk", WAVPACK),
    (0, b"NIST_1A", SPHERE),
)
FORMS: dict[bytes, Kind] = {b"WAVE": WAV, b"AVI ": AVI, b"AIFF": AIFF, b"AIFC": AIFF}
FORM_HEADS = (b"RIFF", b"RIFX", b"RF64", b"BW64", b"FORM")
BOXES = (b"ftyp", b"moov", b"mdat", b"moof", b"styp", b"sidx", b"wide", b"skip", b"free")
OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"#EXTM3U", "a playlist; give the audio file that it names"),
    (b"ffconcat", "a list of files; give the audio files that it names"),
    (b"[playlist]", "a playlist; give the audio file that it names"),
    (b"<!DOCTYPE", "a web page; the download went wrong"),
    (b"<html", "a web page; the download went wrong"),
    (b"<?xml", "XML, not audio"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"MThd", "MIDI, notes without sound; render it to a WAV file first"),
    (b"PK\x03\x04", "a ZIP archive; unpack it first"),
    (b"\x1f\x8b", "gzip; unpack it first"),
    (b"7z\xbc\xaf", "a 7z archive; unpack it first"),
    (b"Rar!", "a RAR archive; unpack it first"),
    (b"version https://git-lfs", "a pointer of Git LFS; fetch the file itself (git lfs pull)"),
)
READABLE = "wav, flac, mp3, ogg, opus, m4a, mp4 or webm"


def kind_of(head: bytes) -> Kind | None:
    """The kind of the file that begins so, None if it is none."""
    if head[:4] in FORM_HEADS:
        return FORMS.get(head[8:12])
    for offset, magic, kind in MAGIC:
        if head[offset : offset + len(magic)] == magic:
            return kind
    if head[4:8] in BOXES:
        return MP4
    return _stream_kind(head)


def refusal(head: bytes, name: str) -> AudioFileError:
    """The error for a file of no kind: what it is, and what to do."""
    what = _description(head)
    if what is not None:
        return AudioFileError(f"{name} can't be read as audio: it is {what}", what)
    return AudioFileError(
        f"{name} can't be read as audio: its kind is not known; give {READABLE}, or raw samples "
        "without a header to a2e stream --encoding mulaw --rate 8000 (or whatever they are)",
        "unknown kind",
    )


def _description(head: bytes) -> str | None:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    for magic, what in OTHERS:
        if start[: len(magic)].lower() == magic.lower():
            return what
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "a picture (WebP)"
    if head[:4] in FORM_HEADS and len(head) < 12:
        return f"broken off within its header; give {READABLE}"
    return f"text, not audio; give {READABLE}" if _is_text(head) else None


def _is_text(head: bytes) -> bool:
    try:
        text = head[:4096].decode("utf-8", "strict" if len(head) <= 4096 else "ignore")
    except UnicodeDecodeError:
        return False
    return all(letter.isprintable() or letter in "\r\n\t\f\x1b" for letter in text)


def _stream_kind(head: bytes) -> Kind | None:
    """Streams of bare frames, which may begin anywhere within one."""
    if len(head) > 188 * 2 and head[0] == head[188] == head[376] == 0x47:
        return MPEG_TS
    if _run(head, 0, adts_frame, 2):
        return ADTS
    if _run(head, 0, mpeg_frame, 2):
        return MP3
    return next(
        (
            kind
            for sync in re.finditer(b"\xff[\xe0-\xff]", head)
            for kind, frame in ((ADTS, adts_frame), (MP3, mpeg_frame))
            if _run(head, sync.start(), frame, MPEG_RUN)
        ),
        None,
    )


def _run(head: bytes, place: int, frame: Callable[[bytes], int], count: int) -> bool:
    """Whether so many frames follow each other; a short file may end after the first."""
    for number in range(count):
        if number and place >= len(head):
            return place == len(head) and count == 2
        size = frame(head[place : place + 8])
        if not size:
            return False
        place += size
    return True


KBITS = {
    (True, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""Bit rates by (MPEG 1, layer), ISO 11172-3 and 13818-3, kbit/s."""


def mpeg_frame(head: bytes) -> int:
    """Bytes of the MPEG audio frame with this header, 0 if it is none (ISO 11172-3, 2.4.1.3)."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return 0
    version, layer = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3)
    bits, rate, pad = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if version == 1 or layer == 4 or rate == 3 or bits in (0, 15):
        return 0
    first = version == 3
    bit_rate = KBITS[first, layer][bits - 1] * 1000
    hertz = (44_100, 48_000, 32_000)[rate] >> (3 - version if version else 2)
    if layer == 1:
        return (12 * bit_rate // hertz + pad) * 4
    return mpeg_samples(head) // 8 * bit_rate // hertz + pad


def mpeg_samples(head: bytes) -> int:
    """Samples of the MPEG audio frame with this header."""
    first, layer = head[1] >> 3 & 3 == 3, 4 - (head[1] >> 1 & 3)
    return 384 if layer == 1 else 1152 if first or layer == 2 else 576


def adts_frame(head: bytes) -> int:
    """Bytes of the ADTS frame with this header, 0 if it is none (ISO 13818-7, 6.2)."""
    if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0 or head[2] >> 2 & 15 > 12:
        return 0
    size = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return size if size > 7 else 0
