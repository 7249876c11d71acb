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
from training.labels.letters import letters
from training.labels.targets import STYLES, targets
from training.speech import augment, effects
from training.speech.corpus import utterances
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


def clips(seed: int, split: Split) -> Iterator[Clip]:
    """Endless random clips, the same for the same seed."""
    rng = np.random.default_rng(seed)
    speech = utterances(seed, split)
    background = next(speech).audio
    while True:
        if rng.random() < NOISE_SHARE:
            yield quiet(rng)
        utterance = next(speech)
        yield spoken(utterance, background, rng)
        background = utterance.audio


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
    lead, tail = rng.uniform(*LEAD), rng.uniform(*TAIL)
    tail += -(len(utterance.audio) / SAMPLE_RATE + lead) % (GRID_SAMPLES / SAMPLE_RATE)
    utterance = augment.pad(utterance, lead, tail)
    audio = np.pad(utterance.audio, (0, -len(utterance.audio) % GRID_SAMPLES))
    curves = [targets(utterance.phones, audio, style) for style in range(len(STYLES))]
    recorded = (
        effects.levelled(audio, rng)
        if rng.random() < CLEAN_SHARE
        else augment.record(audio, background, rng)
    )
    return Clip(
        recorded,
        np.stack(curves, axis=1).astype(np.float16),
        letters(utterance.phones, len(curves[0])),
        labials(utterance.phones),
    )


def labials(phones: tuple[Phone, ...]) -> NDArray[np.int32]:
    """First and last frame of each p, b and m: [k, 2]."""
    spans = [(p.start * FPS, p.end * FPS) for p in phones if p.labial]
    return np.array(spans, np.float64).reshape(-1, 2).astype(np.int32)
