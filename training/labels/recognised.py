"""Phones of English recordings whose words are known, by pocketsphinx's acoustic model.

Its median boundary lies 12 ms from hand-labelled ones; what it can't align is left out.
pocketsphinx comes with the extra ``training``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from pocketsphinx import Decoder

from training.speech import espeak
from training.speech.utterance import SAMPLE_RATE, Phone

ARPABET = {
    "AA": "ɑ", "AE": "æ", "AH": "ʌ", "AO": "ɔ", "AW": "aʊ", "AY": "aɪ", "B": "b", "CH": "tʃ",
    "D": "d", "DH": "ð", "EH": "ɛ", "ER": "ɜɹ", "EY": "eɪ", "F": "f", "G": "ɡ", "HH": "h",
    "IH": "ɪ", "IY": "i", "JH": "dʒ", "K": "k", "L": "l", "M": "m", "N": "n", "NG": "ŋ",
    "OW": "oʊ", "OY": "ɔɪ", "P": "p", "R": "ɹ", "S": "s", "SH": "ʃ", "T": "t", "TH": "θ",
    "UH": "ʊ", "UW": "u", "V": "v", "W": "w", "Y": "j", "Z": "z", "ZH": "ʒ",
}  # fmt: skip
"""CMU's names of phones; what else it finds is silence or noise."""
VOWELS = tuple("ɑæʌɔaɛɜeɪioʊu")
TICKS = 100  # of its times, a second
WEAK = frozenset("a an the of to and for on at in by with is was it as that her his".split())
"""Words without stress."""


class Aligner:
    """One acoustic model; not for several threads."""

    def __init__(self) -> None:
        self.decoder = new_decoder()

    def align(self, audio: NDArray[np.float32], words: Sequence[str]) -> tuple[Phone, ...] | None:
        """Contiguous phones over ``audio`` [n] at 16 kHz, or None where they don't fit."""
        if any(self.decoder.lookup_word(word) is None for word in words):
            return None
        sound = (np.clip(audio, -1, 1) * 32767).round().astype(np.int16).tobytes()
        try:
            self.decoder.set_align_text(" ".join(words))
            self.hear(sound)
            if self.decoder.hyp() is None:
                return None
            self.decoder.set_alignment()
            self.hear(sound)
        except RuntimeError:  # the end of the words was not reached
            self.decoder = new_decoder()
            return None
        phones: list[Phone] = []
        for word in self.decoder.get_alignment():
            phones += word_phones(word)
        return joined(phones, len(audio) / SAMPLE_RATE)

    def hear(self, sound: bytes) -> None:
        self.decoder.start_utt()
        self.decoder.process_raw(sound, full_utt=True)
        self.decoder.end_utt()


def new_decoder() -> Decoder:
    """A decoder whose utterances don't depend on those before them."""
    return Decoder(samprate=SAMPLE_RATE, cmn="batch", loglevel="FATAL")


@cache
def aligner() -> Aligner:
    return Aligner()


def word_phones(word) -> list[Phone]:  # type: ignore[no-untyped-def]  # pocketsphinx has no types
    """The phones of one word of an alignment, with its stresses."""
    phones = []
    stresses = iter(stress_pattern(re.sub(r"\(.*|[^a-z']", "", word.name)))
    for phone in word:
        symbol = ARPABET.get(phone.name, "")
        stress = next(stresses, 0) if symbol.startswith(VOWELS) else 0
        start, end = phone.start / TICKS, (phone.start + phone.duration) / TICKS
        phones.append(Phone(symbol, start, end, stress))
    return phones


@cache
def stress_pattern(word: str) -> tuple[int, ...]:
    """The stress of each of a word's vowels, as espeak-ng reads it."""
    if not word or word in WEAK:
        return ()
    spoken = espeak.synthesise(word, "en-us", "en", 170, 50, 50)
    return tuple(p.stress for p in spoken.phones if p.symbol.startswith(espeak.VOWELS))


def joined(phones: Sequence[Phone], seconds: float) -> tuple[Phone, ...]:
    """``phones`` made contiguous over [0, seconds]; silences that meet become one."""
    whole = [Phone("", 0.0, phones[0].start if phones else seconds)]
    for phone in phones:
        if phone.symbol == whole[-1].symbol == "":
            whole[-1] = Phone("", whole[-1].start, phone.end)
        else:
            whole.append(phone)
    last = whole[-1]
    whole[-1] = Phone(last.symbol, last.start, max(seconds, last.end), last.stress)
    return tuple(phone for phone in whole if phone.end > phone.start)
