"""What the live profile does to the audio before the network hears it.

Offset, level and tones, in that order, on blocks of 20 ms counted from the stream's start. A
block's measurements decide the gain at the next block's end, so nothing is delayed and nothing
depends on how the audio was cut. docs/conditioning.md holds the recurrences and test vectors.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from a2e.arrays import Floats

Doubles = NDArray[np.float64]

BLOCKS = 50
"""Blocks in a second."""

OFFSET_CUTOFF = 5.0
"""Hz below which the offset filter takes away."""

LEVEL_BLOCKS = 2
"""Blocks whose mean power is the level."""
FAINTEST = -90.0
"""Least noise floor, dB of full scale (RMS)."""
FLOOR_RISE = 5.0
"""How fast the noise floor follows a louder room, dB a second; a quieter one at once."""
SOUND_MARGIN = 9.0
"""dB over the noise floor at which a sound begins."""
SOUND_BLOCKS = 2
"""Blocks that a sound lasts before it counts: clicks don't."""
ATTACK = 0.7
RELEASE = 0.01
"""Share of its way to the level that the loudness goes in a block, up and down (2 s)."""
CREST = 8.0
"""dB under the loudness at which speech keeps it; only fainter sounds bring it down."""
LOUDNESS_BAND = (-16.0, -10.0)
"""Loudness of speech, dB, that is left as it is; the network learnt from it."""
GAIN_BOUNDS = (-20.0, 50.0)
"""dB."""
LOUDEST_FLOOR = -44.0
"""dB to which a gain may lift the noise floor: what the gate still takes for silence."""

TONE_BAND = (200.0, 3400.0)
"""Hz in which tones are looked for."""
LEAKAGE = 1e-9
"""Share of the mean power that is added to every bin."""
PURE = (-57.0, -60.0)
"""Flatness, dB, at which one block is partly and wholly a mixture of pure tones. Speech stays
above -49 (telephone) and -58 (muffled)."""
STEADY_SECONDS = 0.3
STEADY = (0.94, 0.97)
"""Likeness of the last spectra to each other; speech stays below 0.92."""
STEADY_FLATNESS = (-30.0, -34.0)
"""Mean flatness, dB, from which what is steady is a tone: a held vowel stays above."""
TONE_SHARE = 0.999
"""Share of a tone that is taken away."""
TONE_RELEASE = 0.4
"""How much of the damping ends in a block."""


class Conditioning:
    """One stream's conditioner: float32 [n] in, [n] out, at ``rate`` Hz."""

    def __init__(self, rate: int) -> None:
        self._block = np.zeros(max(1, rate // BLOCKS))
        """The current block's audio without its offset; the first ``_position`` are there."""
        self._position = 0
        self._ramp = np.arange(1, len(self._block) + 1) / len(self._block)
        self._offset = OffsetFilter(rate, len(self._block))
        self._loudness = Loudness()
        self._tones = ToneDetector(rate, len(self._block))
        self._from = self._to = 1.0  # gain at the start and at the end of the current block
        self._kept = 1.0  # of tones, in the current block

    def __call__(self, audio: Floats) -> Floats:
        conditioned = np.empty(len(audio), np.float32)
        done = 0
        while done < len(audio):
            count = min(len(self._block) - self._position, len(audio) - done)
            conditioned[done : done + count] = self._within_block(audio[done : done + count])
            done += count
        return conditioned

    def _within_block(self, audio: Floats) -> Floats:
        start, end = self._position, self._position + len(audio)
        centred = self._offset(audio, start)
        self._block[start:end] = centred
        slope = self._kept * (self._to - self._from)
        gain = self._kept * self._from + slope * self._ramp[start:end]
        self._position = end
        if end == len(self._block):
            self._end_block()
        return np.minimum(np.maximum(centred * gain, -1), 1)

    def _end_block(self) -> None:
        self._position = 0
        self._offset.end_block()
        decibels = self._loudness.step(float(np.square(self._block).sum()) / len(self._block))
        self._kept = 1 - TONE_SHARE * self._tones.step(self._block)
        self._from, self._to = self._to, 10 ** (decibels / 20)


class OffsetFilter:
    """Takes away the mean of the audio so far, in which the past fades.

    S = a S + x, W = a W + 1, y = x - S / W, with a = exp(-2 pi OFFSET_CUTOFF / rate): a one-pole
    high pass that is right from the first sample on, as W counts what S has really heard. Within
    a block both are sums of the samples over falling powers of a.
    """

    def __init__(self, rate: int, block: int) -> None:
        decay = math.exp(-2 * math.pi * OFFSET_CUTOFF / rate)
        self._growth = decay ** -np.arange(1.0, block + 1)  # the weights of a block's samples
        self._counts = np.cumsum(self._growth)
        self._decay = decay**block
        self._sum = self._count = 0.0  # S and W at the block's start
        self._gathered = 0.0  # of the current block

    def __call__(self, audio: Floats, start: int) -> Doubles:
        """Audio [n] from sample ``start`` of a block on, centred, float64 [n]."""
        end = start + len(audio)
        weighted = audio * self._growth[start:end]
        weighted[0] += self._gathered
        sums = np.cumsum(weighted)
        self._gathered = float(sums[-1])
        centred: Doubles = audio - (self._sum + sums) / (self._count + self._counts[start:end])
        return centred

    def end_block(self) -> None:
        self._sum = self._decay * (self._sum + self._gathered)
        self._count = self._decay * (self._count + float(self._counts[-1]))
        self._gathered = 0.0


class Loudness:
    """How loud the voice is, and the gain that brings it into ``LOUDNESS_BAND``.

    Only what stands out from the noise floor for a while is measured; in between, and before the
    first such sound, the gain stays.
    """

    def __init__(self) -> None:
        self._powers = [0.0] * LEVEL_BLOCKS
        self._floor = math.inf
        self._sound_blocks = 0
        self._loudness: float | None = None

    def step(self, power: float) -> float:
        """Mean square of a block -> gain in dB."""
        self._powers = [*self._powers[1:], power]
        level = decibels_of(sum(self._powers) / LEVEL_BLOCKS)
        self._floor = max(FAINTEST, min(level, self._floor + FLOOR_RISE / BLOCKS))
        sounds = level > self._floor + SOUND_MARGIN
        self._sound_blocks = self._sound_blocks + 1 if sounds else 0
        if self._sound_blocks >= SOUND_BLOCKS:
            self._follow(level)
        return 0.0 if self._loudness is None else self._gain(self._loudness)

    def _follow(self, level: float) -> None:
        if self._loudness is None:
            self._loudness = level
        above = level - self._loudness
        self._loudness += ATTACK * max(above, 0.0) + RELEASE * min(above + CREST, 0.0)

    def _gain(self, loudness: float) -> float:
        low, high = LOUDNESS_BAND
        gain = min(max(low - loudness, 0.0), max(0.0, LOUDEST_FLOOR - self._floor))
        gain += min(high - loudness, 0.0)
        return min(max(gain, GAIN_BOUNDS[0]), GAIN_BOUNDS[1])


class ToneDetector:
    """Tells tones and chords, which no mouth makes, from voices.

    A block is pure if its spectrum is far from flat, a time steady if its spectra are alike.
    Voices have a breath of noise, and move.
    """

    def __init__(self, rate: int, size: int) -> None:
        self._window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
        low, high = (round(hertz * size / rate) for hertz in TONE_BAND)
        self._bins = slice(low, high + 1)
        self._fade = math.exp(-1 / (STEADY_SECONDS * BLOCKS))
        self._mean_spectrum = np.zeros(high + 1 - low)
        self._mean_flatness = 0.0
        self._damping = 0.0

    def step(self, block: Doubles) -> float:
        """The next block -> 0 for voices to 1 for tones."""
        self._damping = max(self._tone(block), self._damping - TONE_RELEASE)
        return self._damping

    def _tone(self, block: Doubles) -> float:
        """How surely a block is of tones, 0 to 1."""
        band = np.fft.rfft(block * self._window)[self._bins]
        power = band.real**2 + band.imag**2
        count = len(power)
        mean = (1 + LEAKAGE) * float(power.sum()) / count + 1e-30
        power += LEAKAGE * mean + 1e-30
        flatness = float(np.log10(power).sum()) * 10 / count - decibels_of(mean)
        spectrum = np.sqrt(power / (mean * count))  # of length 1
        self._mean_spectrum += (1 - self._fade) * (spectrum - self._mean_spectrum)
        self._mean_flatness += (1 - self._fade) * (flatness - self._mean_flatness)
        likeness = math.sqrt(float(np.square(self._mean_spectrum).sum()))
        steady = ramp(likeness, STEADY) * ramp(self._mean_flatness, STEADY_FLATNESS)
        return max(ramp(flatness, PURE), steady)


def decibels_of(power: float) -> float:
    return 10 * math.log10(power + 1e-30)


def ramp(value: float, ends: tuple[float, float]) -> float:
    """0 before the first end, 1 beyond the second, a line between."""
    return min(max((value - ends[0]) / (ends[1] - ends[0]), 0.0), 1.0)
