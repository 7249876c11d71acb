"""Phones of real speech from its transcript, by aligning it with synthetic speech of the same text.

Each reference voice speaks the transcript; a Viterbi path in the manner of dynamic time warping
(Sakoe & Chiba 1978) gives each frame of the recording one frame of the reference, by distance of
mel-cepstra (Davis & Mermelstein 1980) with normalised mean and variance. The phones' boundaries
follow the path. References differ in voice, speed and vocal tract (a warped mel axis, Lee & Rose
1996); the median of their boundaries is kept, and their spread tells how far to trust it. Pauses
give what is loud in them to their neighbours.

Shapes: N recording frames, R reference frames (5 ms), P phones, V voices.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray

from training.labels.cepstra import HOP, Floats, cepstra, frames_in
from training.labels.pauses import settle
from training.labels.warp import warp
from training.speech.utterance import SAMPLE_RATE, Phone, Utterance
from training.speech.voices import recorded_voices, synthesise

WARPS = (0.9, 1.0, 1.1)  # of the reference's mel axis
TRUSTED = 0.04  # s, median spread of a voice's boundaries from all voices': beyond it, left out
SPEEDS = (110, 140, 180)  # words a minute
ESPEAK_NAMES = {"en": "en-us", "es": "es-419", "fr": "fr"}  # where it is not the language
ESPEAK_VARIANTS = ("", "+f2", "+m3", "+klatt4", "+linda")


@dataclass(frozen=True)
class Alignment:
    phones: tuple[Phone, ...]
    spread: Floats
    """s: median distance of the voices' starts of each phone from the start that was kept."""
    voices: int
    """The number of trusted references."""


def align(
    audio: NDArray[np.float32],
    text: str,
    language: str,
    spoken: Sequence[Utterance] | None = None,
) -> Alignment:
    """Phones of ``audio`` [n] at 16 kHz, which says ``text``.

    ``spoken`` are the references to align with, instead of all that there are.
    """
    spoken = spoken or list(references(text, language))
    pronunciation = spoken[0].phones
    own = cepstra(audio, 1.0)
    starts = np.array([starts_in(audio, own, other, pronunciation) for other in spoken])  # [V, P]
    middle = np.nanmedian(starts, axis=0)
    off = np.nanmedian(np.abs(starts - middle), axis=1)
    trusted = off <= max(TRUSTED, float(np.sort(off)[len(off) // 3]))
    starts = starts[trusted]
    middle = np.maximum.accumulate(np.nanmedian(starts, axis=0))
    middle[0] = 0.0
    ends = np.append(middle[1:], len(audio) / SAMPLE_RATE)
    phones = [
        Phone(phone.symbol, float(start), float(end), phone.stress)
        for phone, start, end in zip(pronunciation, middle, ends, strict=True)
    ]
    spread = np.nanmedian(np.abs(starts - middle), axis=0)
    return Alignment(settle(phones, audio), spread, int(trusted.sum()))


def references(text: str, language: str) -> Iterable[Utterance]:
    """The transcript in every reference voice, at several speeds.

    The first voice gives the pronunciation: flite's in English where it is installed.
    """
    recorded = [v for v in recorded_voices(language) if v != "flite:kal"]
    name = ESPEAK_NAMES.get(language, language)
    formant = [f"espeak:{name}{variant}" for variant in ESPEAK_VARIANTS]
    for voice in recorded + formant if language == "en" else formant + recorded:
        for rate in SPEEDS:
            try:
                yield synthesise(text, voice, language, rate=rate)
            except ValueError:  # a text that this voice can't say
                continue


def starts_in(
    audio: NDArray[np.float32],
    own: Floats,
    reference: Utterance,
    pronunciation: Sequence[Phone],
) -> Floats:
    """Where each phone of ``pronunciation`` starts in the recording, in s, by one reference: [P].

    NaN where the reference pronounces something else.
    """
    free = pauses(reference)
    paths = [warp(own, cepstra(reference.audio, w), free) for w in WARPS]
    path, _ = min(paths, key=lambda path_and_cost: path_and_cost[1])
    times = np.searchsorted(path, [p.start * SAMPLE_RATE / HOP for p in reference.phones])
    starts = np.full(len(pronunciation), np.nan)
    ours, theirs = ([p.symbol for p in x] for x in (pronunciation, reference.phones))
    for i, j, size in SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks():
        starts[i : i + size] = times[j : j + size] * HOP / SAMPLE_RATE
    return starts


def pauses(reference: Utterance) -> NDArray[np.bool_]:
    """Which reference frames are silence, of any length in the recording: [R]."""
    free = np.zeros(frames_in(len(reference.audio)), bool)
    for phone in reference.phones:
        if not phone.symbol:
            first, last = (round(t * SAMPLE_RATE / HOP) for t in (phone.start, phone.end))
            free[first:last] = True
    return free
