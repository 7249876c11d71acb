"""Captured faces of people with the phones of what they said: what articulation is learnt from.

GRID's file names spell their sentences (Cooke, Barker, Cunningham & Shao 2006): bbaf2n is "bin blue
at f two now".

Shapes: T frames of 1/30 s.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from training.labels.captures import Capture, captures
from training.labels.curves import FPS
from training.labels.recognised import aligner
from training.labels.teacher import columns_of
from training.speech.utterance import SAMPLE_RATE, Phone

TRAINING_GROUPS = ("grid_s1", "grid_others")
COMMAND = {"b": "bin", "l": "lay", "p": "place", "s": "set"}
COLOUR = {"b": "blue", "g": "green", "r": "red", "w": "white"}
PREPOSITION = {"a": "at", "b": "by", "i": "in", "w": "with"}
DIGIT = {
    "z": "zero", "1": "one", "2": "two", "3": "three", "4": "four", "5": "five", "6": "six",
    "7": "seven", "8": "eight", "9": "nine",
}  # fmt: skip
ADVERB = {"a": "again", "n": "now", "p": "please", "s": "soon"}


@dataclass(frozen=True)
class Person:
    """A clip of a person, filmed while speaking."""

    name: str
    """Group and file, such as "grid_others/s2_bbaf1n"."""
    speaker: str
    audio: NDArray[np.float32]
    """[n] mono 16 kHz"""
    phones: tuple[Phone, ...]
    captured: NDArray[np.float64]
    """Opening of the jaw, distance of the lips and rounding at the time of their sound, in units of
    their own: [T, 3]."""


def people(folder: Path, cache: Path, groups: Sequence[str] = TRAINING_GROUPS) -> Iterator[Person]:
    """Every clip of ``groups`` whose words can be aligned; alignments are kept in ``cache``."""
    kept = json.loads(cache.read_text()) if cache.exists() else {}
    known = len(kept)
    for capture in captures(folder):
        if capture.group not in groups:
            continue
        audio, name = sound(capture), f"{capture.group}/{capture.path.stem}"
        if name not in kept:
            kept[name] = aligned(audio, sentence(capture.path.stem))
        if kept[name] is not None:
            phones = tuple(Phone(*phone) for phone in kept[name])
            yield Person(name, speaker(capture), audio, phones, in_time(capture, len(audio)))
    if len(kept) > known:
        cache.write_text(json.dumps(kept, ensure_ascii=False))


def aligned(audio: NDArray[np.float32], words: list[str]) -> list[list[str | float]] | None:
    """Phones as JSON keeps them; None where they don't fit."""
    phones = aligner().align(audio, words)
    if phones is None:
        return None
    return [[p.symbol, p.start, p.end, p.stress] for p in phones]


def sentence(name: str) -> list[str]:
    """The words that a GRID file's name spells."""
    command, colour, preposition, letter, digit, adverb = list(name.split("_")[-1])
    word = [COMMAND[command], COLOUR[colour], PREPOSITION[preposition]]
    return [*word, letter if letter == "a" else f"{letter}.", DIGIT[digit], ADVERB[adverb]]


def speaker(capture: Capture) -> str:
    """Who speaks: the group says so, or the beginning of the file's name."""
    return "s1" if capture.group.startswith("grid_s1") else capture.path.stem.split("_")[0]


def sound(capture: Capture) -> NDArray[np.float32]:
    """A capture's voice, [n] mono 16 kHz."""
    audio, rate = capture.sound
    resampled: NDArray[np.float32] = soxr.resample(audio, rate, SAMPLE_RATE).astype(np.float32)
    return resampled


def in_time(capture: Capture, samples: int) -> NDArray[np.float64]:
    """The captured course, its camera's lag taken out: [T, 3]."""
    frames = -(-samples * FPS // SAMPLE_RATE)
    late = columns_of(capture.truth(frames + capture.lag))
    return late[capture.lag :]
