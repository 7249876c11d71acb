"""Names of audio formats as clients write them, and what bytes are by their beginning."""

from __future__ import annotations

import re
from dataclasses import dataclass

from a2e.audio.pcm import ENCODINGS
from a2e.audio.samples import MAX_CHANNELS

AUTO = ("", "auto", "application/octet-stream", "audio")
WORD = re.compile(r"[a-z0-9]+")
MAX_NAME = 100
"""Longest name of a format, characters."""
RATE_DIGITS = range(4, 7)
CONTAINERS = {
    "mp3": ("mp3", "mpeg", "mpga", "mpeg3", "mp2"),
    "wav": ("wav", "wave", "rf64", "w64"),
    "ogg": ("ogg", "opus", "oga", "vorbis"),
    "flac": ("flac",),
    "mp4": ("mp4", "m4a", "mov", "alac", "3gp", "3gpp", "quicktime"),
    "aac": ("aac", "adts", "aacp"),
    "webm": ("webm", "mkv", "weba", "matroska"),
    "aiff": ("aiff", "aif", "aifc"),
    "au": ("au", "snd"),
    "caf": ("caf",),
    "amr": ("amr", "amrnb", "amrwb"),
}
"""The words that name a format, by its shortest name."""
FORMATS = {word: format for format, words in CONTAINERS.items() for word in words}
RAW = ("pcm", "lpcm", "linear16", "raw", "l16")
PCM_WORDS = {
    **{name: name for name in ENCODINGS},
    **dict.fromkeys(("linear16", "l16", "16bit", "int16", "s16"), "s16le"),
    **dict.fromkeys(("float32", "f32", "float"), "f32le"),
    **dict.fromkeys(("mulaw", "ulaw", "pcmu"), "mulaw"),
    **dict.fromkeys(("alaw", "pcma"), "alaw"),
}
"""Encodings of ``a2e.audio.pcm`` by the words that name them."""
FILLERS = ("audio", "rate", "channels")
TELEPHONE = ("mulaw", "alaw")
RAW_RATE, TELEPHONE_RATE = 16_000, 8_000
"""Sample rates of raw samples where neither the format nor the request says it, Hz."""
SAME_BYTES = {("aac", "mp4"), ("mp4", "aac"), ("mp3", "aac")}
"""A format that a name may stand for, besides its own."""
MAGIC = (
    (0, b"OggS", "ogg"),
    (0, b"fLaC", "flac"),
    (0, b"ID3", "mp3"),
    (8, b"WAVE", "wav"),
    (0, b"riff\x2e\x91\xcf\x11", "wav"),
    (4, b"ftyp", "mp4"),
    (0, b"\x1a\x45\xdf\xa3", "webm"),
    (8, b"AIFF", "aiff"),
    (8, b"AIFC", "aiff"),
    (0, b".snd", "au"),
    (0, b"caff", "caf"),
    (0, b"#!AMR", "amr"),
)
"""Offset and bytes that a file of a format has there."""
FORMS = (b"RIFF", b"RIFX", b"RF64", b"FORM")
"""First bytes of the formats that are told by their ninth byte and later ones."""


@dataclass(frozen=True)
class RawFormat:
    """Raw samples; the rate is None where the name does not tell it, Hz."""

    encoding: str
    channels: int = 1
    rate: int | None = None


@dataclass(frozen=True)
class Declared:
    """What a client calls its audio."""

    name: str
    raw: RawFormat | None = None
    container: str | None = None

    @property
    def is_known(self) -> bool:
        """Whether the name means anything."""
        return self.raw is not None or self.container is not None or self.name in AUTO

    def agrees(self, container: str) -> bool:
        """Whether content of this kind is what the name says."""
        same = self.container == container or (self.container, container) in SAME_BYTES
        return self.name in AUTO or same


def parse_format(text: str) -> Declared:
    """What a name of a format says: ``mp3_44100_128``, ``audio/wav``, ``pcm_24000_16bit_mono``."""
    name = text.strip().lower()[:MAX_NAME]
    words = WORD.findall(name)
    raw = _raw(words) if len(text) <= MAX_NAME else None
    formats = [FORMATS[word] for word in words if word in FORMATS]
    return Declared(name, raw, formats[0] if formats and raw is None else None)


def _raw(words: list[str]) -> RawFormat | None:
    """The raw samples that the words name; None if they name none, or more than is understood."""
    if not any(word in RAW or word in PCM_WORDS for word in words):
        return None
    encoding, channels, rate = "s16le", 1, None
    for before, word in zip(["", *words], words, strict=False):
        if word in PCM_WORDS:
            encoding = PCM_WORDS[word]
        elif word in ("mono", "stereo"):
            channels = 1 if word == "mono" else 2
        elif before == "channels" and word.isdecimal() and len(word) <= 2:
            channels = int(word)
        elif word.isdecimal() and len(word) in RATE_DIGITS:
            rate = int(word)
        elif word not in RAW + FILLERS:
            return None
    return RawFormat(encoding, channels, rate) if 1 <= channels <= MAX_CHANNELS else None


def default_rate(encoding: str) -> int:
    """The rate of raw samples that nobody tells, Hz."""
    return TELEPHONE_RATE if encoding in TELEPHONE else RAW_RATE


def format_of(data: bytes) -> str | None:
    """The format of a file with these bytes; None for bytes that could as well be samples."""
    for offset, magic, format in MAGIC:
        if data[offset : offset + len(magic)] == magic and (offset != 8 or data[:4] in FORMS):
            return format
    return "mp3" if _is_mp3(data) else "aac" if _is_adts(data) else None


def _is_mp3(data: bytes) -> bool:
    """Whether two MPEG layer III frames follow each other (ISO 11172-3, 2.4.1.3)."""
    size = mp3_frame_bytes(data[:4])
    return size > 0 and mp3_frame_bytes(data[size : size + 4]) > 0


def mp3_frame_bytes(head: bytes) -> int:
    """Bytes of the MPEG layer III frame with this header; 0 if it is none."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return 0
    version, rate, bits = head[1] >> 3 & 3, head[2] >> 2 & 3, head[2] >> 4
    if version == 1 or rate == 3 or bits in (0, 15):
        return 0
    first = version == 3  # MPEG 1; else 2 or 2.5
    kbits = (
        (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
        if first
        else (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
    )[bits - 1]
    return (144 if first else 72) * kbits * 1000 // mp3_rate(head) + (head[2] >> 1 & 1)


def mp3_rate(head: bytes) -> int:
    """Sample rate of a valid MPEG layer III frame, Hz."""
    version = head[1] >> 3 & 3
    return (44_100, 48_000, 32_000)[head[2] >> 2 & 3] >> (3 - version if version else 2)


def mp3_frame_samples(head: bytes) -> int:
    """Samples of a valid MPEG layer III frame."""
    return 1_152 if head[1] >> 3 & 3 == 3 else 576


def _is_adts(data: bytes) -> bool:
    """Whether two ADTS frames follow each other (ISO 13818-7, 6.2)."""
    size = _adts_frame_bytes(data[:7])
    return size > 0 and _adts_frame_bytes(data[size : size + 7]) > 0


def _adts_frame_bytes(head: bytes) -> int:
    if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0:
        return 0
    size = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return size if size > 7 else 0
