"""What the live profile does to the audio before the network hears it: offset, then level.

Both go by blocks of 20 ms counted from the stream's start. A block's measurements decide the
offset and the gain at the next block's end, between which they run in a line, so nothing is delayed
and nothing depends on how the audio was cut. docs/conditioning.md holds the recurrences and test
vectors.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from a2e.arrays import Floats

Doubles = NDArray[np.float64]

BLOCKS = 50
"""Blocks in a second."""

OFFSET_SECONDS = 0.5
"""In which the past fades from the mean that is taken away."""

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
MOST_RELEASE = 0.08
"""dB that it falls in a block, at most (4 dB a second)."""
CREST = 8.0
"""dB under the loudness at which speech keeps it; only fainter sounds bring it down."""
FAINT = -45.0
"""Loudness, dB, to which a voice is lifted at once."""
USUAL = -20.0
"""Loudness, dB, to which it is lifted in time."""
LIFT_RISE = 20.0
"""How fast in time is, dB a second of sound."""
SETTLED_BLOCKS = 25
"""Blocks of sound before that begins (0.5 s): a breath before the first word is over then."""
MOST_LIFT = 50.0
"""dB."""
LOUDEST = -3.0
"""Loudness, dB, down to which a louder voice is brought: a full sine's."""
LOUDEST_FLOOR = -44.0
"""dB to which a gain may lift the noise floor: what the gate still takes for silence."""


class Conditioning:
    """One stream's conditioner: float32 [n] in, [n] out, at ``rate`` Hz."""

    def __init__(self, rate: int) -> None:
        self._block: Doubles = np.zeros(0)
        """The current block so far."""
        size = max(1, rate // BLOCKS)
        self._ramp = np.arange(1, size + 1) / size
        self._offset = Offset()
        self._loudness = Loudness()
        self._offsets: list[float] = []  # at the start and at the end of the current block
        self._gains = [1.0, 1.0]

    def __call__(self, audio: Floats) -> Floats:
        if not len(audio):
            return audio
        if not self._offsets:
            self._offsets = [float(audio[0])] * 2
        heard = np.concatenate((self._block, audio.astype(np.float64)))
        given, size = len(self._block), len(self._ramp)
        whole = len(heard) - len(heard) % size
        for mean, power in zip(*moments(heard[:whole].reshape(-1, size)), strict=True):
            self._offsets.append(self._offset.step(mean))
            self._gains.append(10 ** (self._loudness.step(power) / 20))
        centred = heard - self._line(self._offsets)[: len(heard)]
        conditioned = np.clip(centred * self._line(self._gains)[: len(heard)], -1, 1)
        self._block = heard[whole:]
        self._offsets, self._gains = self._offsets[-2:], self._gains[-2:]
        return conditioned[given:].astype(np.float32)

    def _line(self, knots: list[float]) -> Doubles:
        """Values for each sample of the blocks between ``knots``."""
        values = np.array(knots)
        line: Doubles = (values[:-1, None] + np.diff(values)[:, None] * self._ramp).ravel()
        return line


def moments(blocks: Doubles) -> tuple[list[float], list[float]]:
    """Mean and variance of each block of [n, size]."""
    size = blocks.shape[1]
    means = blocks.sum(axis=1) / size
    powers = np.square(blocks).sum(axis=1) / size - means**2
    return means.tolist(), np.maximum(powers, 0).tolist()


class Offset:
    """The mean of the audio so far, in which the past fades.

    S / W with S <- a S + mean and W <- a W + 1.
    """

    def __init__(self) -> None:
        self._sum = self._count = 0.0

    def step(self, mean: float) -> float:
        """Mean of a block -> offset."""
        decay = math.exp(-1 / (OFFSET_SECONDS * BLOCKS))
        self._sum = decay * self._sum + mean
        self._count = decay * self._count + 1
        return self._sum / self._count


class Loudness:
    """How loud the voice is, and the gain that brings it to where the network knows it.

    Only what stands out from the noise floor for a while is measured; in between, and before the
    first such sound, the gain stays.
    """

    def __init__(self) -> None:
        self._powers = [0.0] * LEVEL_BLOCKS
        self._floor = math.inf
        self._sound_blocks = 0
        self._settling = SETTLED_BLOCKS
        self._loudness: float | None = None
        self._lift = 0.0

    def step(self, power: float) -> float:
        """Mean square of a block -> gain in dB."""
        self._powers = [*self._powers[1:], power]
        level = decibels_of(sum(self._powers) / LEVEL_BLOCKS)
        self._floor = max(FAINTEST, min(level, self._floor + FLOOR_RISE / BLOCKS))
        sounds = level > self._floor + SOUND_MARGIN
        self._sound_blocks = self._sound_blocks + 1 if sounds else 0
        if self._sound_blocks >= SOUND_BLOCKS:
            self._follow(level)
        if self._loudness is None:
            return 0.0
        most = max(0.0, LOUDEST_FLOOR - self._floor)
        return min(self._lift, most) + min(LOUDEST - self._loudness, 0.0)

    def _follow(self, level: float) -> None:
        if self._loudness is None:
            self._loudness = level
        above = level - self._loudness
        fall = min(RELEASE * max(-above - CREST, 0.0), MOST_RELEASE)
        self._loudness += ATTACK * max(above, 0.0) - fall
        low, high = (min(max(to - self._loudness, 0.0), MOST_LIFT) for to in (FAINT, USUAL))
        self._settling = max(0, self._settling - 1)
        rise = 0.0 if self._settling else LIFT_RISE / BLOCKS
        self._lift = min(max(self._lift + rise, low), high)


def decibels_of(power: float) -> float:
    return 10 * math.log10(power + 1e-30)
