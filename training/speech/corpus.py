"""Synthetic speech with its phones: espeak-ng and, where they are installed, flite and Festival.

``utterances`` is the recipe's whole source of speech. Voices, pitches, speeds and texts are random
but fixed by the seed; what is named ``HELD_OUT`` speaks in validation only. espeak-ng keeps global
state: use one process for each worker.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.random import Generator

from training import espeak, festival, flite, sentences
from training.phones import SAMPLE_RATE, Phone, Utterance

__all__ = ["SAMPLE_RATE", "Phone", "Utterance", "synthesise", "utterances"]

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
PHONEME_SHARE = 0.22  # of the utterances in a language that has phoneme strings
NEW_LANGUAGE_SHARE = 0.35  # of validation, besides new voices in the languages of training
RATES = (110, 260)  # words a minute
PITCHES = (15, 88)  # of 0..100
SPREADS = (20, 95)  # of 0..100
EDGE_SILENCE = (0.0, 0.7)  # s, before and after
PAUSE = (0.15, 1.2)  # s, between the sentences of an utterance
LONGEST = 14.0  # s; what is longer is dropped
SECOND_SENTENCE = 0.3  # how often another sentence follows


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


def utterances(seed: int, split: Split) -> Iterator[Utterance]:
    """Endless random speech, the same for the same seed and the same installed engines.

    To the sample so in a new process only: espeak-ng's oscillators run on from what it said before.
    """
    rng = np.random.default_rng((seed, split == "validation"))
    while True:
        try:
            utterance = random_utterance(rng, split)
        except ValueError:  # a text that this voice can't say
            continue
        if len(utterance.audio) <= LONGEST * SAMPLE_RATE:
            yield utterance


def random_utterance(rng: Generator, split: Split) -> Utterance:
    """One or two sentences by one voice, with silence around and between them."""
    language, voice = random_voice(rng, split)
    engine = voice.split(":")[0]
    rate = int(rng.integers(*RATES))
    pitch = int(rng.integers(*PITCHES))
    spread = int(rng.integers(*SPREADS))
    parts = [silence(rng.uniform(*EDGE_SILENCE))]
    while True:
        text = random_text(rng, engine, language)
        parts.append(synthesise(text, voice, language, rate=rate, pitch=pitch, spread=spread))
        if rng.random() > SECOND_SENTENCE:
            break
        parts.append(silence(rng.uniform(*PAUSE)))
    return join([*parts, silence(rng.uniform(*EDGE_SILENCE))], voice, language)


def random_voice(rng: Generator, split: Split) -> tuple[str, str]:
    """A language and a voice for it."""
    held_out = split == "validation"
    new_language = held_out and rng.random() < NEW_LANGUAGE_SHARE
    languages = HELD_OUT_LANGUAGES if new_language else LANGUAGES
    shares = np.array([share for _, share in languages.values()])
    language = str(rng.choice(list(languages), p=shares / shares.sum()))
    made = [v for v in recorded_voices(language) if (v in HELD_OUT_RECORDED) == held_out]
    if made and rng.random() < RECORDED_SHARE:
        return language, str(rng.choice(made))
    variant = str(rng.choice(HELD_OUT_VARIANTS if held_out else VARIANTS))
    accent = str(rng.choice(languages[language][0]))
    return language, f"espeak:{accent}" + (f"+{variant}" if variant else "")


def recorded_voices(language: str) -> list[str]:
    """The installed voices of a language that were made from a speaker's recordings."""
    english = [f"flite:{v}" for v in flite.voices()] if language == "en" else []
    voices = [f"festival:{v}" for v in festival.voices()]
    return english + [v for v in voices if festival.VOICES[v.split(":")[1]].language == language]


def random_text(rng: Generator, engine: str, language: str) -> str:
    if engine == "espeak" and language in sentences.PHONEMES and rng.random() < PHONEME_SHARE:
        return sentences.phonemes(rng, language)
    if engine == "festival" and language != "en":  # its voices read no figures
        return sentences.plain(rng, language)
    return sentences.sentence(rng, language)


def silence(seconds: float) -> Utterance:
    samples = np.zeros(round(seconds * SAMPLE_RATE), np.float32)
    return Utterance(samples, (Phone("", 0.0, len(samples) / SAMPLE_RATE),), "", "")


def join(parts: list[Utterance], voice: str, language: str) -> Utterance:
    """``parts`` one after the other; silences that meet become one."""
    phones: list[Phone] = []
    samples = 0
    for part in parts:
        offset = samples / SAMPLE_RATE
        for phone in part.phones:
            end = offset + phone.end
            if phones and phones[-1].symbol == phone.symbol == "":
                phones[-1] = Phone("", phones[-1].start, end)
            else:
                phones.append(Phone(phone.symbol, offset + phone.start, end, phone.stress))
        samples += len(part.audio)
    audio = np.concatenate([part.audio for part in parts])
    return Utterance(audio, tuple(p for p in phones if p.end > p.start), voice, language)
