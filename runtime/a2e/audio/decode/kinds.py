"""Kinds of files, told by their first bytes; nothing is asked of a name or a label.

FFmpeg gets one of these demuxers by name and never probes: its playlists, scripts and others that
open further files or addresses are out of reach.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from a2e.audio.decode.mpeg import adts_frame, mp3_frame, mpeg_frame
from a2e.errors import AudioFileError

FRAME_HEAD_BYTES = 8
"""At least as many as the header of any frame has."""
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
    """Extensions, media subtypes and formats that may mean it."""
    timeline: bool = False
    """Whether its packets say when they are due."""
    streamed: bool = False
    """Whether it can be read from a pipe as it comes."""


WAV = Kind("WAV", "wav", ("wav", "wave", "riff", "rf64", "bw64", "w64"), streamed=True)
W64 = Kind("W64", "w64", ("w64",), streamed=True)
AU = Kind("AU", "au", ("au", "snd", "basic"), streamed=True)
AIFF = Kind("AIFF", "aiff", ("aiff", "aif", "aifc"))
CAF = Kind("CAF", "caf", ("caf",))
AMR = Kind("AMR", "amr", ("amr", "amrnb", "amrwb", "awb"), streamed=True)
FLAC = Kind("FLAC", "flac", ("flac",), streamed=True)
OGG = Kind("Ogg", "ogg", ("ogg", "oga", "opus", "vorbis", "spx"), timeline=True, streamed=True)
MATROSKA = Kind(
    "WebM or Matroska", "matroska", ("webm", "weba", "mkv", "mka", "matroska"), timeline=True
)
MP4 = Kind(
    "MP4",
    "mov",
    ("mp4", "m4a", "mp4a", "m4b", "mov", "quicktime", "3gp", "3gpp", "aac", "alac"),
    timeline=True,
)
MP3 = Kind("MP3", "mp3", ("mp3", "mpeg", "mpeg3", "mpga", "mp2", "mpa"))
ADTS = Kind("AAC", "aac", ("aac", "aacp", "adts", "mpeg", "mp4", "mp4a", "m4a"), streamed=True)
MPEG_TS = Kind("MPEG-TS", "mpegts", ("ts", "mp2t", "mpegts"), timeline=True)
AVI = Kind("AVI", "avi", ("avi", "msvideo"), timeline=True)
FLV = Kind("FLV", "flv", ("flv",), timeline=True)
ASF = Kind("ASF or WMA", "asf", ("wma", "asf", "wmv"), timeline=True)
WAVPACK = Kind("WavPack", "wv", ("wv", "wavpack"))
SPHERE = Kind("NIST SPHERE", "nistsphere", ("sph", "nist"))
KINDS = (
    *(WAV, W64, AU, AIFF, CAF, AMR, FLAC, OGG, MATROSKA, MP4, MP3, ADTS, MPEG_TS, AVI, FLV, ASF),
    *(WAVPACK, SPHERE),
)
LABEL_WORD = re.compile(r"[a-z0-9]+")
MAX_LABEL = 100
"""Letters of a label that are looked at."""
ANY_LABELS = ("", "auto", "audio", "octet-stream", "application/octet-stream")
"""Labels that leave it to the content."""

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
RIFF_HEADS = (b"RIFF", b"RIFX", b"RF64", b"BW64")
FORM_HEADS = (*RIFF_HEADS, b"FORM")
HEADED = (WAV, W64, AU)
"""Kinds that may hold raw samples behind a header."""
HEADED_HEADS = (*RIFF_HEADS, b"riff", b".snd")
"""Their first bytes."""
KNOWN_BYTES = 16
"""Bytes that tell whether a file is of one of these kinds."""
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
    kind = _magic_kind(head)
    return kind if kind or head[:4] in FORM_HEADS else _stream_kind(head)


def _magic_kind(head: bytes) -> Kind | None:
    if head[:4] in FORM_HEADS:
        return FORMS.get(head[8:12])
    for offset, magic, kind in MAGIC:
        if head[offset : offset + len(magic)] == magic:
            return kind
    return MP4 if head[4:8] in BOXES else None


def marked_kind(head: bytes) -> Kind | None:
    """The kind of the file that begins so beyond doubt; None for what could be raw samples as well.

    Quiet samples hold MPEG's sync word here and there, but no two frames of layer III in a row.
    """
    if head[:3] == b"ID3":
        return MP3
    return _magic_kind(head) or next(
        (
            kind
            for kind, frame in ((ADTS, adts_frame), (MP3, mp3_frame))
            if (size := frame(head)) and frame(head[size : size + FRAME_HEAD_BYTES])
        ),
        None,
    )


def labelled_kinds(label: str) -> tuple[Kind, ...]:
    """The kinds that a label such as ``audio/x-wav``, ``mp3_44100_128`` or ``.m4a`` may mean."""
    words = LABEL_WORD.findall(label[:MAX_LABEL].lower())
    meanings = (tuple(kind for kind in KINDS if word in kind.labels) for word in words)
    return next((kinds for kinds in meanings if kinds), ())


def may_mean(label: str, kind: Kind) -> bool:
    """Whether a label agrees with a kind, or tells none."""
    return label.strip().lower() in ANY_LABELS or kind in labelled_kinds(label)


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
        size = frame(head[place : place + FRAME_HEAD_BYTES])
        if not size:
            return False
        place += size
    return True
