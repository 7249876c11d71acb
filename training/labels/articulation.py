"""IPA symbols to mouth poses, by phonetic features.

A symbol is read letter by letter: a diphthong or an affricate gives two letters, a diacritic
changes the letter before it, and what is not IPA falls back to its base letter or to a pose that
wants nothing. The vowels are the IPA chart (height, backness, rounding); the consonants are grouped
by place and manner as viseme tables group them (Fisher 1968, "Confusions among visually perceived
consonants"; MPEG-4 visemes; Edwards et al. 2016, JALI).

Amplitudes are ARKit weights of a neutral speaker, 0..1; jaw heights of consonants keep the order
that Keating et al. (1994) measured: sibilants highest, then stops, nasals, laterals, velars, /h/.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal, NamedTuple

Contact = Literal["lips", "teeth", "tongue"]
CONTACTS: tuple[Contact, ...] = ("lips", "teeth", "tongue")


class Mouth(NamedTuple):
    """Articulators, 0 (rest) to 1."""

    jaw: float = 0.0  # opening
    spread: float = 0.0  # lip corners outwards
    round: float = 0.0  # lips narrowed and pushed forward
    flare: float = 0.0  # lips rounded and turned outwards
    lower: float = 0.0  # lower lip down, besides the jaw
    upper: float = 0.0  # upper lip up


@dataclass(frozen=True)
class Pose:
    """One letter's wish: a mouth, how strongly (jaw, lips), and a contact it must reach."""

    mouth: Mouth
    jaw_pull: float
    lip_pull: float
    contact: Contact | None = None
    depth: float = 1.0  # of the contact: 1 touches
    hold: float = 0.9  # part of the letter's time that a contact is held
    vowel: bool = False


REST = Pose(Mouth(), jaw_pull=0.8, lip_pull=0.8)
ANY = Pose(Mouth(jaw=0.2), jaw_pull=0.1, lip_pull=0.05)
"""For symbols that ask nothing of jaw and lips: they take the shape of their neighbours."""

VOWEL_CHART: tuple[tuple[float, str], ...] = (
    (0.00, "iy ɨʉ ɯu"),
    (0.17, "ɪʏ -- -ʊ"),
    (0.33, "eø ɘɵ ɤo"),
    (0.50, "-- ə- --"),
    (0.67, "ɛœ ɜɞ ʌɔ"),
    (0.83, "æ- ɐ- --"),
    (1.00, "aɶ -- ɑɒ"),
)
"""Openness 0..1 and the chart's row: front, central and back, each unrounded then rounded."""

SPELLED_OUT = {
    "ɚ": "əɹ",
    "ɝ": "ɜɹ",
    "ᵻ": "ɪ",
    "ᵿ": "ʊ",
    "ɿ": "ɨ",
    "ʅ": "ɨ",
    "ʦ": "ts",
    "ʣ": "dz",
    "ʧ": "tʃ",
    "ʤ": "dʒ",
    "ɧ": "ʃx",
}

# letters: mouth (jaw, spread, round, flare, lower, upper), jaw pull, lip pull, contact, depth, hold
CONSONANTS: dict[str, Pose] = {
    "pbɓʙ": Pose(Mouth(0.06), 2.0, 0.15, "lips", 1.0, 0.7),
    "m": Pose(Mouth(0.06), 2.0, 0.15, "lips"),
    "ɸβ": Pose(Mouth(0.09, 0, 0.1), 2.0, 0.4, "lips", 0.6),
    "fvɱⱱ": Pose(Mouth(0.08), 1.8, 0.2, "teeth"),
    "ʋ": Pose(Mouth(0.12), 1.2, 0.2, "teeth", 0.6),
    "θð": Pose(Mouth(0.13, 0.1, 0, 0, 0.20, 0.08), 1.3, 0.5, "tongue"),
    "szɬɮ": Pose(Mouth(0.07, 0.30, 0, 0, 0.28, 0.10), 1.8, 0.9),
    "tdnɗ": Pose(Mouth(0.10, 0.12, 0, 0, 0.18, 0.06), 1.0, 0.25),
    "lɫɾrɺ": Pose(Mouth(0.20, 0.05, 0, 0, 0.16, 0.06), 0.6, 0.15),
    "ʃʒ": Pose(Mouth(0.08, 0, 0.32, 0.50, 0.18, 0.14), 1.7, 1.4),
    "ʂʐ": Pose(Mouth(0.08, 0, 0.24, 0.40, 0.18, 0.12), 1.7, 1.2),
    "ɕʑ": Pose(Mouth(0.08, 0.2, 0.08, 0.18, 0.22, 0.10), 1.7, 0.9),
    "ʈɖɳɽɭ": Pose(Mouth(0.14, 0, 0.08, 0.10, 0.12, 0.05), 0.9, 0.25),
    "ɹɻ": Pose(Mouth(0.15, 0, 0.38, 0.28, 0.06, 0.05), 0.8, 0.7),
    "cɟɲʎ": Pose(Mouth(0.12, 0.30, 0, 0, 0.16, 0.05), 1.0, 0.3),
    "jçʝ": Pose(Mouth(0.12, 0.42, 0, 0, 0.18, 0.06), 1.2, 0.6),
    "wʍ": Pose(Mouth(0.12, 0, 0.88, 0.20), 1.4, 2.0),
    "ɥ": Pose(Mouth(0.12, 0, 0.82, 0.20), 1.4, 2.0),
    "kɡgɠŋxɣɰ": Pose(Mouth(0.18, 0, 0, 0, 0.10, 0.04), 0.4, 0.1),
    "qɢɴχʁʀ": Pose(Mouth(0.24, 0, 0, 0, 0.10, 0.05), 0.4, 0.1),
    "ħʕ": Pose(Mouth(0.32, 0, 0, 0, 0.14, 0.06), 0.5, 0.1),
    "hɦʔ": ANY,
}


def vowel(openness: float, backness: float, *, rounded: bool) -> Pose:
    """A vowel's pose from its place on the IPA chart (each 0..1)."""
    jaw = 0.15 + 0.62 * openness**1.2
    if rounded:
        flare = 0.20 + 0.32 * math.sin(math.pi * min(openness, 0.75))
        mouth = Mouth(0.85 * jaw, 0.0, 0.15 + 0.70 * (1 - openness), flare, 0.06, 0.06)
        return Pose(mouth, jaw_pull=1.0, lip_pull=1.3, vowel=True)
    spread = 0.80 * (1 - backness) * (1 - 0.75 * openness)
    lower = 0.10 + 0.18 * openness + 0.18 * spread
    upper = 0.05 + 0.13 * openness + 0.08 * spread
    return Pose(Mouth(jaw, spread, 0, 0, lower, upper), jaw_pull=1.0, lip_pull=0.9, vowel=True)


@cache
def poses() -> dict[str, Pose]:
    """The pose of every IPA letter that has one."""
    table = {letter: pose for letters, pose in CONSONANTS.items() for letter in letters}
    for openness, row in VOWEL_CHART:
        for place, pair in enumerate(row.split()):
            for rounded, letter in enumerate(pair):
                table[letter] = vowel(openness, place / 2, rounded=bool(rounded))
    schwa = table["ə"]
    table["ə"] = replace(schwa, mouth=schwa.mouth._replace(jaw=0.27), jaw_pull=0.6)
    del table["-"]
    return table


def letters_of(symbol: str) -> Iterator[str]:
    """The known letters and the diacritics of a symbol; anything else by its base letter."""
    for char in symbol:
        if char in poses() or char in "ʷʲ":
            yield char
        elif char in SPELLED_OUT:
            yield from SPELLED_OUT[char]
        else:
            base = unicodedata.normalize("NFKD", char)[:1].lower()
            if base in poses() and unicodedata.category(char) != "Lm":
                yield base


@cache
def read(symbol: str) -> tuple[Pose, ...]:
    """A phone's poses in their order, each for an equal part of its time; never empty.

    ``""`` is silence. Never raises: a symbol without any known letter gives ``ANY``.
    """
    if not symbol:
        return (REST,)
    sequence: list[Pose] = []
    for letter in letters_of(symbol):
        if letter not in "ʷʲ":
            sequence.append(poses()[letter])
        elif sequence:
            sequence[-1] = modified(sequence[-1], letter)
    return tuple(sequence) or (ANY,)


def modified(pose: Pose, diacritic: str) -> Pose:
    """A pose under labialisation (ʷ) or palatalisation (ʲ)."""
    mouth = pose.mouth
    if diacritic == "ʷ":
        mouth = mouth._replace(round=max(mouth.round, 0.5), flare=max(mouth.flare, 0.15))
    else:
        mouth = mouth._replace(spread=max(mouth.spread, 0.25))
    return replace(pose, mouth=mouth, lip_pull=max(pose.lip_pull, 0.7))
