"""The voices that speak: espeak-ng's and, where they are installed, flite's and Festival's.

Voices and languages named ``HELD_OUT`` speak in validation only. espeak-ng keeps global state: use
one process for each worker.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.random import Generator

from training.speech import espeak, festival, flite
from training.speech.utterance import Utterance

Split = Literal["train", "validation"]
LANGUAGES = {  # language: (its espeak-ng voices, share)
    "en": (
        ("en-us", "en-us", "en", "en-gb-scotland", "en-gb-x-rp", "en-gb-x-gbclan", "en-us-nyc"),
        8.0,
    ),
    "ja": (("ja",), 1.5),
    "cmn": (("cmn",), 1.5),
    "es": (("es", "es-419"), 1.5),
    "fr": (("fr", "fr-be", "fr-ch"), 2.0),
    "de": (("de",), 2.0),
    "it": (("it",), 0.8),
    "pt": (("pt", "pt-br"), 0.8),
    "ru": (("ru",), 0.8),
    "pl": (("pl",), 0.6),
    "nl": (("nl",), 1.0),
    "hi": (("hi",), 0.6),
    "ar": (("ar",), 0.6),
    "tr": (("tr",), 1.0),
    "sv": (("sv",), 1.0),
    "ca": (("ca",), 0.6),
}
HELD_OUT_LANGUAGES = {
    "ko": (("ko",), 1.0),
    "cs": (("cs",), 1.0),
    "fi": (("fi",), 1.0),
    "el": (("el",), 1.0),
    "id": (("id",), 1.0),
}
VARIANTS = (
    "", "m1", "m2", "m3", "m4", "m6", "m7", "m8", "f1", "f2", "f3", "f5", "klatt", "klatt2",
    "klatt4", "klatt6", "adam", "Alex", "Alicia", "Andy", "anika", "announcer", "antonio", "aunty",
    "belinda", "benjamin", "boris", "caleb", "Denis", "Diogo", "ed", "edward", "Gene", "grandma",
    "gustave", "Henrique", "Hugo", "ian", "iven", "iven3", "Jacky", "john", "kaukovalta", "Lee",
    "linda", "marcelo", "Marco", "max", "Michael", "michel", "miguel", "Mike", "Mr serious",
    "Nguyen", "norbert", "pablo", "paul", "pedro", "quincy", "Reed", "RicishayMax", "sandro",
    "shelby", "steph", "steph2", "travis", "Tweaky", "victor", "zac", "croak", "whisper",
)  # fmt: skip
"""Without "rob", who crashes espeak-ng in some accents."""
HELD_OUT_VARIANTS = (
    "m5", "f4", "klatt3", "Andrea", "Annie", "david", "Gene2", "grandpa", "iven2", "Mario", "mike2",
    "robert", "steph3", "Storm",
)  # fmt: skip
HELD_OUT_RECORDED = (
    "flite:rms", "festival:czech_machac", "festival:czech_dita", "festival:czech_ph",
    "festival:suo_fi_lj_diphone", "festival:hy_fi_mv_diphone",
)  # fmt: skip
RECORDED_SHARE = 0.5  # of the utterances in a language that has voices made from recordings
NEW_LANGUAGE_SHARE = 0.35  # of validation, besides new voices in the languages of training


def synthesise(
    text: str, voice: str, language: str, *, rate: int = 170, pitch: int = 50, spread: int = 50
) -> Utterance:
    """Speak ``text`` as ``voice``, such as "espeak:en-us+f3" or "flite:slt".

    ``rate`` is in words a minute; ``pitch`` and ``spread`` (intonation) are 0..100. espeak-ng reads
    SSML and its own phonemes in double brackets, the others plain text only, and Festival's voices
    keep their own pitch.
    """
    engine, name = voice.split(":", 1)
    if engine == "festival":
        return festival.synthesise(text, name, rate)
    if engine == "flite":
        return flite.synthesise(text, name, rate, pitch, spread)
    return espeak.synthesise(text, name, language, rate, pitch, spread)


def random_voice(rng: Generator, split: Split) -> tuple[str, str]:
    """A language, by its share, and a voice for it that the split may use."""
    held_out = split == "validation"
    new_language = held_out and rng.random() < NEW_LANGUAGE_SHARE
    languages = HELD_OUT_LANGUAGES if new_language else LANGUAGES
    shares = np.array([share for _, share in languages.values()])
    language = str(rng.choice(list(languages), p=shares / shares.sum()))
    recorded = [v for v in recorded_voices(language) if (v in HELD_OUT_RECORDED) == held_out]
    if recorded and rng.random() < RECORDED_SHARE:
        return language, str(rng.choice(recorded))
    variant = str(rng.choice(HELD_OUT_VARIANTS if held_out else VARIANTS))
    accent = str(rng.choice(languages[language][0]))
    return language, f"espeak:{accent}" + (f"+{variant}" if variant else "")


def recorded_voices(language: str) -> list[str]:
    """The installed voices of a language that were made from a speaker's recordings."""
    english = [f"flite:{v}" for v in flite.voices()] if language == "en" else []
    voices = [f"festival:{v}" for v in festival.voices()]
    return english + [v for v in voices if festival.VOICES[v.split(":")[1]].language == language]
