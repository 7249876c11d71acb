"""Endless random speech with its phones: the recipe's whole source of speech.

Voices, pitches, speeds and texts are random but fixed by the seed; see `voices` for what is held
out for validation.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.random import Generator

from training.speech import sentences
from training.speech.utterance import SAMPLE_RATE, Phone, Utterance
from training.speech.voices import Split, random_voice, synthesise

PHONEME_SHARE = 0.22  # of the utterances in a language that has phoneme strings
RATES = (110, 260)  # words a minute
PITCHES = (15, 88)  # of 0..100
SPREADS = (20, 95)  # of 0..100
EDGE_SILENCE = (0.0, 0.7)  # s, before and after
PAUSE = (0.15, 1.2)  # s, between the sentences of an utterance
LONGEST = 14.0  # s; what is longer is dropped
SECOND_SENTENCE = 0.3  # how often another sentence follows


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


def random_text(rng: Generator, engine: str, language: str) -> str:
    """A text that voices of an engine can read."""
    if engine == "espeak" and language in sentences.PHONEMES and rng.random() < PHONEME_SHARE:
        return sentences.phonemes(rng, language)
    if engine == "festival" and language != "en":  # its voices read no figures
        return sentences.plain(rng, language)
    return sentences.sentence(rng, language)


def silence(seconds: float) -> Utterance:
    """Digital silence, of no voice and no language."""
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
