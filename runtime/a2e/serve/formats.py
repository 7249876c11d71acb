"""Names of audio formats as clients write them: of raw samples, or of the files they mean."""

from __future__ import annotations

import re
from dataclasses import dataclass

from a2e.audio.decode.kinds import Kind, labelled_kinds, may_mean
from a2e.audio.pcm import ENCODINGS, G711, sample_bytes
from a2e.audio.samples import MAX_CHANNELS

WORD = re.compile(r"[a-z0-9]+")
MAX_NAME = 100
"""Longest name of a format, characters."""
RATE = re.compile(r"(\d{4,6})(?:hz)?|(\d{1,3})khz")
BITS = re.compile(r"(\d{1,2})bit")
RAW = ("pcm", "lpcm", "linear16", "raw", "l16")
PCM_WORDS = {
    **{name: name for name in ENCODINGS},
    **dict.fromkeys(("linear16", "l16", "int16", "s16"), "s16le"),
    **dict.fromkeys(("float32", "f32", "float"), "f32le"),
    **dict.fromkeys(("mulaw", "ulaw", "pcmu"), "mulaw"),
    **dict.fromkeys(("alaw", "pcma"), "alaw"),
}
"""Encodings of ``a2e.audio.pcm`` by the words that name them."""
FILLERS = ("audio", "rate", "channels", "codec")
RAW_RATE, TELEPHONE_RATE = 16_000, 8_000
"""Sample rates of raw samples where neither the format nor the request says it, Hz."""


@dataclass(frozen=True)
class RawFormat:
    """Raw samples; the rate is None where the name does not tell it, Hz."""

    encoding: str
    channels: int = 1
    rate: int | None = None


@dataclass(frozen=True)
class Declared:
    """What a client calls its audio."""

    name: str = ""
    raw: RawFormat | None = None
    kinds: tuple[Kind, ...] = ()
    """Of files that the name may mean."""

    def agrees(self, kind: Kind) -> bool:
        """Whether content of this kind is what the name says."""
        return self.raw is None and may_mean(self.name, kind)


def parse_format(text: str) -> Declared:
    """What a name of a format says: ``mp3_44100_128``, ``audio/wav``, ``pcm_24000_16bit_mono``."""
    name = text.strip().lower()[:MAX_NAME]
    raw = _raw(WORD.findall(name)) if len(text) <= MAX_NAME else None
    return Declared(name, raw, () if raw else labelled_kinds(name))


def _raw(words: list[str]) -> RawFormat | None:
    """The raw samples that the words name; None if they name none, or more than is understood."""
    if not any(word in RAW or word in PCM_WORDS or BITS.fullmatch(word) for word in words):
        return None
    encoding, channels, rate, bits = "s16le", 1, None, None
    for before, word in zip(["", *words], words, strict=False):
        if word in PCM_WORDS:
            encoding = PCM_WORDS[word]
        elif word in ("mono", "stereo"):
            channels = 1 if word == "mono" else 2
        elif before == "channels" and word.isdecimal() and len(word) <= 2:
            channels = int(word)
        elif match := RATE.fullmatch(word):
            rate = int(match[1]) if match[1] else 1000 * int(match[2])
        elif match := BITS.fullmatch(word):
            bits = int(match[1])
        elif word not in RAW + FILLERS:
            return None
    understood = 1 <= channels <= MAX_CHANNELS and bits in (None, 8 * sample_bytes(encoding))
    return RawFormat(encoding, channels, rate) if understood else None


def default_rate(encoding: str) -> int:
    """The rate of raw samples that nobody tells, Hz."""
    return TELEPHONE_RATE if encoding in G711 else RAW_RATE
