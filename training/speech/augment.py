"""Make clean synthetic speech sound like recordings: rooms, microphones, lines, noise.

`respeed` and `pad` change time, so they work on an utterance and move its phones; `record` leaves
time as it is. All randomness comes from the generator given.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import soxr

from training.speech.effects import (
    Effect,
    band_limit,
    breathe,
    clipped,
    companded,
    compress,
    equalise,
    levelled,
    offset,
    reverberate,
)
from training.speech.noise import clicks, coloured_noise, music
from training.speech.sound import Floats, fitted, log_uniform, mix, scaled
from training.speech.utterance import SAMPLE_RATE, Phone, Utterance

SPEED_RANGE = (0.80, 1.35)  # times: pitch, formants and tempo together, as on a tape
NOISE_RATIO = (4.0, 45.0)  # dB, speech to noise
BACKGROUND_RATIO = (6.0, 35.0)  # dB, speech to babble or music
AT_THE_MOUTH: tuple[tuple[float, Effect], ...] = (
    (0.35, breathe),
    (0.85, equalise),
    (0.5, reverberate),
)
ON_THE_LINE: tuple[tuple[float, Effect], ...] = (
    (0.3, equalise),
    (0.2, compress),
    (0.12, clipped),
    (0.25, band_limit),
    (0.12, companded),
    (0.2, offset),
    (1.0, levelled),
)


def respeed(utterance: Utterance, rng: np.random.Generator) -> Utterance:
    """The utterance played faster or slower, with its pitch, formants and phones."""
    factor = log_uniform(rng, *SPEED_RANGE)
    audio = soxr.resample(utterance.audio, SAMPLE_RATE * factor, SAMPLE_RATE, quality="MQ")
    phones = tuple(replace(p, start=p.start / factor, end=p.end / factor) for p in utterance.phones)
    return replace(utterance, audio=np.asarray(audio, np.float32), phones=phones)


def pad(utterance: Utterance, before: float, after: float) -> Utterance:
    """The utterance with silence before and after it, in seconds."""
    lead, tail = int(before * SAMPLE_RATE), int(after * SAMPLE_RATE)
    shift = lead / SAMPLE_RATE
    moved = [replace(p, start=p.start + shift, end=p.end + shift) for p in utterance.phones]
    end = moved[-1].end
    phones = (Phone("", 0.0, shift), *moved, Phone("", end, end + tail / SAMPLE_RATE))
    return replace(utterance, audio=np.pad(utterance.audio, (lead, tail)), phones=phones)


def record(speech: Floats, background: Floats, rng: np.random.Generator) -> Floats:
    """Clean speech [n] as some microphone, room and line would give it, peak at most 1.

    ``background`` is other speech of any length, for babble.
    """
    audio = speech
    for likelihood, effect in AT_THE_MOUTH:
        if rng.random() < likelihood:
            audio = effect(audio, rng)
    if rng.random() < 0.2:
        audio = mix(audio, fitted(background, len(audio), rng), rng.uniform(*BACKGROUND_RATIO))
    if rng.random() < 0.2:
        audio = mix(audio, music(len(audio), rng), rng.uniform(*BACKGROUND_RATIO))
    if rng.random() < 0.8:
        audio = mix(audio, coloured_noise(len(audio), rng), rng.uniform(*NOISE_RATIO))
    for likelihood, effect in ON_THE_LINE:
        if rng.random() < likelihood:
            audio = effect(audio, rng)
    return audio


def noise_only(samples: int, rng: np.random.Generator) -> Floats:
    """A recording [samples] in which nobody speaks."""
    audio = coloured_noise(samples, rng)
    if rng.random() < 0.4:
        audio = mix(audio, music(samples, rng), rng.uniform(-20, 20))
    if rng.random() < 0.4:
        audio = mix(audio, clicks(samples, rng), rng.uniform(-20, 20))
    if rng.random() < 0.5:
        audio = equalise(audio, rng)
    return scaled(audio, log_uniform(rng, 1e-4, 0.5))
