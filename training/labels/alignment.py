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

from training import speech
from training.phones import SAMPLE_RATE, Phone, Utterance

Floats = NDArray[np.float64]

HOP = 80  # samples, 5 ms
WINDOW = 400  # samples, 25 ms
FFT = 512
MELS, CEPSTRA = 32, 14
BAND = (80.0, 7_000.0)  # Hz
DELTA_REACH = 4  # frames on each side
DELTA_WEIGHT = 1.5
FLOOR = 1e-4  # of the loudest frame's energy: quieter is as good as silent
WARPS = (0.9, 1.0, 1.1)  # of the reference's mel axis

STAY, SKIP, LEAP = 0.3, 0.3, 1.0  # cost of holding a reference frame, of skipping one, of two
WARP_LIMIT = 3  # reference frames in one recording frame

QUIET_SHARE = 0.3  # of the way from noise floor to loud parts, in dB: below is quiet
DYNAMICS = 50.0  # dB, the lowest noise floor under the loud parts
SHORTEST_QUIET = 0.03  # s; a shorter gap in speech is none

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
    """How many references were trusted."""


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


def settle(phones: Sequence[Phone], audio: NDArray[np.float32]) -> tuple[Phone, ...]:
    """Give the loud edges of pauses to the neighbours; a pause that is loud all through goes."""
    loud = loudness_mask(audio)
    step = HOP / SAMPLE_RATE
    edges = [phone.start for phone in phones] + [phones[-1].end]
    gone = set()
    for i, phone in enumerate(phones):
        if phone.symbol:
            continue
        inside = loud[round(phone.start / step) : round(phone.end / step)]
        before = 0 if i == 0 else edge_run(inside)
        after = 0 if i == len(phones) - 1 else edge_run(inside[::-1])
        edges[i] += before * step
        edges[i + 1] -= after * step
        if edges[i + 1] - edges[i] < SHORTEST_QUIET and 0 < i < len(phones) - 1:
            edges[i] = edges[i + 1] = (edges[i] + edges[i + 1]) / 2
            gone.add(i)
    return tuple(
        Phone(phone.symbol, edges[i], edges[i + 1], phone.stress)
        for i, phone in enumerate(phones)
        if i not in gone and edges[i + 1] > edges[i]
    )


def edge_run(loud: NDArray[np.bool_]) -> int:
    """Length of the loud run at the start of ``loud``, over gaps of up to `SHORTEST_QUIET`."""
    patience = round(SHORTEST_QUIET * SAMPLE_RATE / HOP)
    end = 0
    for index, is_loud in enumerate(loud):
        if is_loud:
            end = index + 1
        elif index - end >= patience:
            break
    return end


def loudness_mask(audio: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which 5 ms frames are loud against the recording's own noise floor: [N]."""
    frames = frames_in(len(audio))
    padded = np.pad(np.diff(audio, prepend=0).astype(np.float64) ** 2, (WINDOW // 2, WINDOW + HOP))
    sums = np.concatenate(([0.0], np.cumsum(padded)))
    starts = np.arange(frames) * HOP
    level = 10 * np.log10(sums[starts + WINDOW] - sums[starts] + 1e-12)
    top = np.percentile(level, 95)
    floor = max(float(np.percentile(level, 5)), top - DYNAMICS)
    return np.asarray(level > floor + QUIET_SHARE * (top - floor))


def references(text: str, language: str) -> Iterable[Utterance]:
    """The transcript in every reference voice, at several speeds.

    The first voice gives the pronunciation: flite's in English where it is installed.
    """
    recorded = [v for v in speech.recorded_voices(language) if v != "flite:kal"]
    name = ESPEAK_NAMES.get(language, language)
    formant = [f"espeak:{name}{variant}" for variant in ESPEAK_VARIANTS]
    for voice in recorded + formant if language == "en" else formant + recorded:
        for rate in SPEEDS:
            try:
                yield speech.synthesise(text, voice, language, rate=rate)
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
    path, _ = min(paths, key=lambda found: found[1])
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


def warp(own: Floats, other: Floats, free: NDArray[np.bool_]) -> tuple[NDArray[np.int64], float]:
    """The reference frame of each recording frame [N], which never falls, and the path's cost.

    ``free`` frames of the reference are held or skipped at no cost.
    """
    distance = np.sqrt(np.maximum(squared_distances(own, other), 0)) / np.sqrt(own.shape[1])
    hold = np.where(free, 0.0, STAY)
    skip = np.where(free, 0.0, SKIP)
    steps = [hold, np.zeros(len(other)), skip, np.where(free, 0.0, LEAP)]
    total = np.full(len(other), np.inf)
    total[: WARP_LIMIT + 1] = distance[0, : WARP_LIMIT + 1]
    total[: lead_in(free)] = distance[0, : lead_in(free)]
    came = np.zeros((len(own), len(other)), np.int8)
    for n in range(1, len(own)):
        options = np.full((WARP_LIMIT + 1, len(other)), np.inf)
        for step in range(min(WARP_LIMIT + 1, len(other))):
            options[step, step:] = total[: len(other) - step] + steps[step][step:]
        came[n] = options.argmin(axis=0)
        total = options.min(axis=0) + distance[n]
    tail = len(other) - max(lead_in(free[::-1]), 1)
    last = tail + int(total[tail:].argmin())
    path = np.empty(len(own), np.int64)
    path[-1] = last
    for n in range(len(own) - 1, 0, -1):
        path[n - 1] = path[n] - came[n, path[n]]
    return path, float(total[last]) / len(own)


def lead_in(free: NDArray[np.bool_]) -> int:
    """How many frames are silence before the first that is not."""
    return int(np.argmin(free)) if not free.all() else len(free)


def squared_distances(a: Floats, b: Floats) -> Floats:
    """[N, C], [R, C] -> [N, R]."""
    found: Floats = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T
    return found


def frames_in(samples: int) -> int:
    return -(-samples // HOP)


def cepstra(audio: NDArray[np.float32], vocal_tract: float) -> Floats:
    """Normalised mel-cepstra with their slopes: [frames, 2 * `CEPSTRA`]; frame k is about k * 5 ms.

    ``vocal_tract`` stretches the frequency axis.
    """
    logs = log_mel(audio, vocal_tract)
    plain = logs @ cosines()
    loud = logs.mean(axis=1) > np.median(logs.mean(axis=1)) - 1.0  # normalise by speech alone
    plain = (plain - plain[loud].mean(axis=0)) / (plain[loud].std(axis=0) + 1e-6)
    slopes = slope(plain)
    slopes /= slopes[loud].std(axis=0) + 1e-6
    return np.concatenate((plain, DELTA_WEIGHT * slopes), axis=1)


def log_mel(audio: NDArray[np.float32], vocal_tract: float) -> Floats:
    """Natural logarithm of mel band energies, floored: [frames, MELS]."""
    frames = frames_in(len(audio))
    padded = np.pad(audio.astype(np.float64), (WINDOW // 2, WINDOW + HOP))
    padded[1:] -= 0.97 * padded[:-1]
    index = np.arange(frames)[:, None] * HOP + np.arange(WINDOW)
    power = np.abs(np.fft.rfft(padded[index] * np.hanning(WINDOW), FFT)) ** 2
    bands = power @ mel_filters(vocal_tract).T
    return np.log(bands + FLOOR * np.percentile(bands, 99, axis=0))


def mel_filters(vocal_tract: float) -> Floats:
    """Triangular filters: [MELS, FFT / 2 + 1]."""
    low, high = (2595 * np.log10(1 + f / 700) for f in BAND)
    edges = 700 * (10 ** (np.linspace(low, high, MELS + 2) / 2595) - 1) * vocal_tract
    bins = np.arange(FFT // 2 + 1) * SAMPLE_RATE / FFT
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return np.clip(np.minimum(rising, falling), 0, None)


def cosines() -> Floats:
    """The cosine transform that makes cepstra of mel bands: [MELS, CEPSTRA]."""
    table: Floats = np.cos(np.pi / MELS * (np.arange(MELS)[:, None] + 0.5) * np.arange(CEPSTRA))
    return table


def slope(x: Floats) -> Floats:
    """Regression slope over time of [frames, C]."""
    padded = np.pad(x, ((DELTA_REACH, DELTA_REACH), (0, 0)), mode="edge")
    reach = range(1, DELTA_REACH + 1)
    total = np.zeros_like(x)
    for k in reach:
        later, earlier = padded[DELTA_REACH + k :], padded[DELTA_REACH - k :]
        total += k * (later[: len(x)] - earlier[: len(x)])
    return total / (2 * sum(k * k for k in reach))
