"""Where the speech of training data comes from: synthesisers, neural voices, captured people.

Each source is endless and random, the same for the same seed.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np

from training.folders import FACES, KOKORO, PEOPLE
from training.labels import kokoro
from training.labels.people import Person, people
from training.labels.teaching import FIRST, FIRST_COUNTS
from training.speech import corpus
from training.speech.utterance import Utterance
from training.speech.voices import Split

Source = Literal["synthetic", "neural", "people"]
SOURCES: tuple[Source, ...] = ("synthetic", "neural", "people")
ENGLISH_SHARE = 0.4  # of the neural utterances


def utterances(seed: int, split: Split, source: Source) -> Iterator[Utterance]:
    """Speech with its phones; not of ``people``, whose faces are known too: see `persons`."""
    return corpus.utterances(seed, split) if source == "synthetic" else neural(seed, split)


def neural(seed: int, split: Split) -> Iterator[Utterance]:
    """Utterances of neural voices, as many English ones as `ENGLISH_SHARE`."""
    rng = np.random.default_rng((seed, split == "validation", 1))
    held_out = split == "validation"
    lines = [x for x in neural_lines() if (x.voice in kokoro.HELD_OUT_VOICES) == held_out]
    english = [line for line in lines if line.language == "en"]
    others = [line for line in lines if line.language != "en"]
    while True:
        chosen = english if rng.random() < ENGLISH_SHARE else others
        yield kokoro.read(chosen[int(rng.integers(len(chosen)))])


def persons(seed: int) -> Iterator[Person]:
    """Captured people, each speaker as often as any other, but the first twice as often."""
    rng = np.random.default_rng((seed, 2))
    speakers = sorted({person.speaker for person in everyone()})
    share = np.array([FIRST_COUNTS if name == FIRST else 1.0 for name in speakers])
    clips = {name: [p for p in everyone() if p.speaker == name] for name in speakers}
    while True:
        own = clips[str(rng.choice(speakers, p=share / share.sum()))]
        yield own[int(rng.integers(len(own)))]


@cache
def everyone() -> tuple[Person, ...]:
    return tuple(people(FACES, PEOPLE))


@cache
def neural_lines() -> tuple[kokoro.Line, ...]:
    return tuple(kokoro.lines(KOKORO))


def missing_data(source: Source) -> Path | None:
    """The folder that a source reads, where it is not there."""
    folders = {"people": FACES, "neural": KOKORO}
    path = folders.get(source)
    return path if path is not None and not path.exists() else None
