"""Clips of training data: a sound as recorded, and the curves and letters of what is spoken in it.

Shapes: n samples, T frames, k labials.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from a2e.shapes import ARKIT
from training.labels.curves import FPS
from training.labels.features import Matrix
from training.labels.letters import letters
from training.labels.people import Person
from training.labels.sources import Source, everyone, persons, utterances
from training.labels.targets import STYLES
from training.labels.teacher import teacher
from training.labels.teaching import speaker_units
from training.speech import augment, effects
from training.speech.utterance import SAMPLE_RATE, Phone, Utterance
from training.speech.voices import Split

GRID_FRAMES, GRID_SAMPLES = 3, 1_600  # frames and samples meet every 100 ms
NOISE_SHARE = 0.06  # of the clips, without any speech
NOISE_LENGTH = (1.0, 5.0)  # s
CLEAN_SHARE = 0.35  # of the speech, only levelled
RESPEED_SHARE = 0.7
LEAD, TAIL = (0.0, 0.6), (0.0, 0.9)  # s of silence around an utterance


@dataclass(frozen=True)
class Clip:
    """A piece of a shard; ``audio`` is a whole number of grid steps."""

    audio: NDArray[np.float32]  # [n]
    targets: NDArray[np.float16]  # [T, styles, 52]
    letters: NDArray[np.uint8]  # [T, 2]
    labials: NDArray[np.int32]  # [k, 2]


def clips(seed: int, split: Split, source: Source) -> Iterator[Clip]:
    """Endless random clips, the same for the same seed."""
    rng = np.random.default_rng(seed)
    if source == "people":
        yield from filmed_clips(seed, rng)
    speech = utterances(seed, split, source)
    background = next(speech).audio
    for utterance in speech:
        if rng.random() < NOISE_SHARE:
            yield quiet(rng)
        yield spoken(utterance, background, rng)
        background = utterance.audio


def filmed_clips(seed: int, rng: np.random.Generator) -> Iterator[Clip]:
    """Endless clips of captured people."""
    units = speaker_units((person.speaker, person.captured) for person in everyone())
    speech = persons(seed)
    background = next(speech).audio
    for person in speech:
        yield filmed(person, units[person.speaker], background, rng)
        background = person.audio


def quiet(rng: np.random.Generator) -> Clip:
    """Noise, in which the mouth rests."""
    steps = int(rng.uniform(*NOISE_LENGTH) * SAMPLE_RATE) // GRID_SAMPLES
    frames = steps * GRID_FRAMES
    rest = np.zeros((frames, len(STYLES), len(ARKIT)), np.float16)
    audio = augment.noise_only(steps * GRID_SAMPLES, rng)
    return Clip(audio, rest, letters((), frames), labials(()))


def spoken(utterance: Utterance, background: NDArray[np.float32], rng: np.random.Generator) -> Clip:
    """An utterance as recorded, and its curves in every style, drawn from its clean sound."""
    if rng.random() < RESPEED_SHARE:
        utterance = augment.respeed(utterance, rng)
    utterance = whole_steps(augment.pad(utterance, rng.uniform(*LEAD), rng.uniform(*TAIL)))
    curves = teacher().curves(utterance.phones, utterance.audio)
    return recorded(utterance, curves, background, rng)


def filmed(
    person: Person,
    unit: tuple[Matrix, Matrix],
    background: NDArray[np.float32],
    rng: np.random.Generator,
) -> Clip:
    """A captured person's speech as recorded, and the curves of the captured face."""
    utterance = Utterance(person.audio, person.phones, person.speaker, "en")
    if rng.random() < RESPEED_SHARE:
        utterance = augment.respeed(utterance, rng)
    factor = len(person.audio) / len(utterance.audio)
    utterance = whole_steps(utterance)
    mean, deviation = unit
    scores = (person.captured - mean) / deviation
    times = (np.arange(len(utterance.audio) * FPS // SAMPLE_RATE) + 0.5) * factor - 0.5
    frames = np.arange(len(scores))
    captured = np.stack([np.interp(times, frames, column) for column in scores.T], axis=1)
    curves = teacher().curves(utterance.phones, utterance.audio, captured)
    return recorded(utterance, curves, background, rng)


def whole_steps(utterance: Utterance) -> Utterance:
    """The utterance with silence after it, up to a whole number of grid steps."""
    missing = -len(utterance.audio) % GRID_SAMPLES
    return augment.pad(utterance, 0.0, (missing + 0.5) / SAMPLE_RATE)  # pad takes the floor


def recorded(
    utterance: Utterance,
    curves: NDArray[np.float32],
    background: NDArray[np.float32],
    rng: np.random.Generator,
) -> Clip:
    """The clip of an utterance with its curves [T, styles, 52], as some microphone gives it."""
    audio = utterance.audio
    sound = (
        effects.levelled(audio, rng)
        if rng.random() < CLEAN_SHARE
        else augment.record(audio, background, rng)
    )
    spelled = letters(utterance.phones, len(curves))
    return Clip(sound, curves.astype(np.float16), spelled, labials(utterance.phones))


def labials(phones: tuple[Phone, ...]) -> NDArray[np.int32]:
    """First and last frame of each p, b and m: [k, 2]."""
    spans = [(p.start * FPS, p.end * FPS) for p in phones if p.labial]
    return np.array(spans, np.float64).reshape(-1, 2).astype(np.int32)
