"""Things to say: random sentences, words, numbers and bare phonemes in many languages.

``words/<language>.txt`` holds our own everyday phrases (lines that end a sentence) and words (the
other lines). Everything is drawn from the generator that the caller gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from numpy.random import Generator

FOLDER = Path(__file__).parent / "words"
SENTENCE_ENDS = tuple(".?!。？！।؟;")
UNSPACED = ("ja", "cmn")  # languages written without spaces, where a comma parts words

PHRASE, WORDS, MIXED, NUMBER, TEMPLATE, NONSENSE = range(6)
SHARES = (0.32, 0.24, 0.12, 0.10, 0.14, 0.08)  # of the kinds above


def items(text: str) -> tuple[str, ...]:
    """ "a b c" -> ("a", "b", "c")."""
    return tuple(text.split())


LABIALS = items("p b m f v w")
CONSONANTS = items("t d k g s z h n l r j S tS")
ENGLISH_EXTRA = items("T D Z N dZ")
PHONEMES = {  # espeak-ng's mnemonics: (consonants besides the labials, vowels)
    "en": (
        CONSONANTS + ENGLISH_EXTRA,
        items("a E I V U @ i: u: A: O: 3: eI aI OI oU aU u: O: oU U"),
    ),
    "fr": (items("t d k g s z n l r j S Z"), items("a E e i o u y Y W O E~ A~ O~ y u o Y")),
    "de": (items("t d k g s z h n l r j S x C"), items("a a: E e: I i: O o: U u: y: Y: W y")),
    "es": (items("t d k g s n l r R j tS x"), items("a e i o u")),
}
"""The vowels at the end are there twice, for more rounding."""
LABIAL_SHARE = 0.5  # of consonants, in phoneme strings

NONSENSE_ONSETS = items("p b m f v w t d k g s z sh ch j h n l r th y pl br fl sw tw")
NONSENSE_VOWELS = items("a e i o u oo ee ow oy ay aw er")


@dataclass(frozen=True)
class Lexicon:
    phrases: tuple[str, ...]
    words: tuple[str, ...]


@cache
def lexicon(language: str) -> Lexicon:
    lines = (FOLDER / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    phrases = tuple(line for line in lines if line.endswith(SENTENCE_ENDS))
    words = tuple(w for line in lines if not line.endswith(SENTENCE_ENDS) for w in line.split())
    return Lexicon(phrases, words)


def sentence(rng: Generator, language: str) -> str:
    """A few seconds of plain text in ``language``."""
    kind = int(rng.choice(len(SHARES), p=SHARES))
    if kind == PHRASE:
        return pick(rng, lexicon(language).phrases)
    if kind == MIXED:
        return f"{pick(rng, lexicon(language).phrases)} {words(rng, language)}"
    if kind == NUMBER:
        return number(rng)
    if kind == TEMPLATE and language == "en":
        return template(rng)
    if kind == NONSENSE and language in ("en", "es", "de", "it", "fr", "nl", "sv", "fi"):
        return nonsense(rng)
    return words(rng, language)


def plain(rng: Generator, language: str) -> str:
    """A phrase or words, without figures."""
    return pick(rng, lexicon(language).phrases) if rng.random() < 0.5 else words(rng, language)


def words(rng: Generator, language: str) -> str:
    """One to nine random words, sometimes with commas, as one sentence."""
    chosen = [pick(rng, lexicon(language).words) for _ in range(rng.integers(1, 10))]
    comma = "、" if language == "ja" else "，" if language == "cmn" else ","
    space = "" if language in UNSPACED else " "
    parts = [w + (comma if rng.random() < 0.15 else "") + space for w in chosen]
    return "".join(parts).strip(" ,、，") + str(rng.choice((".", "?", "!"), p=(0.7, 0.2, 0.1)))


def number(rng: Generator) -> str:
    """A number, a time, a date, an amount or some digits."""
    kind = rng.integers(6)
    if kind == 0:
        return f"{int(10 ** rng.uniform(0, 6))}."
    if kind == 1:
        return f"{rng.integers(1, 24)}:{rng.integers(10, 60)}."
    if kind == 2:
        return f"{rng.integers(1, 29)}. {rng.integers(1, 13)}. {rng.integers(1900, 2100)}."
    if kind == 3:
        return f"{rng.integers(0, 100)},{rng.integers(1, 100)} %."
    if kind == 4:
        return " ".join(str(d) for d in rng.integers(0, 10, rng.integers(3, 9))) + "."
    return f"{rng.integers(2, 100)} + {rng.integers(2, 100)} = {rng.integers(4, 200)}."


SUBJECTS = (
    "I", "We", "You", "They", "My mother", "The boy", "Bob and Mary", "Everybody", "The old man",
    "A brave woman", "Our family", "The player", "Somebody", "Your puppy", "The prime minister",
)  # fmt: skip
VERBS = (
    "moved", "pushed", "opened", "bought", "believed in", "prefer", "remember", "washed",
    "watched", "put away", "improved", "gave up", "showed me", "chose", "broke", "built",
    "hope for", "shipped", "wrapped", "promised", "forgot", "blew up", "prepared",
    "might have known", "will probably love",
)  # fmt: skip
OBJECTS = (
    "the purple box", "a big apple pie", "every window", "my beautiful garden", "five white roses",
    "the blue umbrella", "some warm soup", "the whole movie", "two wooden spoons",
    "this huge bubble", "the first chapter", "a map of Europe", "the new house",
    "that famous painting", "his vision", "a few thousand people", "the broken tooth",
    "her favourite shoes", "a bowl of plums", "the room",
)  # fmt: skip
ENDS = (
    "", "", "today", "before lunch", "in the morning", "with my father", "above the river",
    "for a while", "because of the weather", "from time to time", "near the beach", "at home",
    "on Wednesday", "without a word", "just once", "if possible", "very slowly", "by bus",
)  # fmt: skip


def template(rng: Generator) -> str:
    """A well-formed English sentence that may mean little."""
    parts = (pick(rng, SUBJECTS), pick(rng, VERBS), pick(rng, OBJECTS), pick(rng, ENDS))
    return " ".join(part for part in parts if part) + "."


def nonsense(rng: Generator) -> str:
    """Made-up words in letters, for engines that take no phonemes."""
    words_made = [
        "".join(
            pick(rng, NONSENSE_ONSETS) + pick(rng, NONSENSE_VOWELS)
            for _ in range(rng.integers(1, 4))
        )
        for _ in range(rng.integers(2, 7))
    ]
    return " ".join(words_made) + "."


def phonemes(rng: Generator, language: str) -> str:
    """Random syllables as espeak-ng's phonemes, half of the consonants labial: "[[p'u:f@ …]]"."""
    consonants, vowels = PHONEMES[language]

    def consonant() -> str:
        return pick(rng, LABIALS if rng.random() < LABIAL_SHARE else consonants)

    words_made = []
    for _ in range(rng.integers(2, 7)):
        syllables = []
        for index in range(rng.integers(1, 4)):
            onset = consonant() if rng.random() < 0.9 else ""
            coda = consonant() if rng.random() < 0.25 else ""
            syllables.append(onset + ("'" if index == 0 else "") + pick(rng, vowels) + coda)
        words_made.append("".join(syllables))
    return "[[" + " ".join(words_made) + "]]"


def pick(rng: Generator, choices: Sequence[str]) -> str:
    return choices[int(rng.integers(len(choices)))]
