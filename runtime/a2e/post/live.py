"""The default profile: upstream's intentions at any hop, without a lag or a seam.

Everything works frame by frame on explicit state, so frames do not depend on how they were cut
into hops, and nothing reaches back to frames that were already sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from a2e.audio import Floats
from a2e.post.shared import (
    SAVGOL_REACH,
    Eyelids,
    Symmetry,
    columns,
    frame_volumes,
    pad_mirrored,
    smooth,
)
from a2e.shapes import SPEECH

SILENT = 0.001
"""Volume (RMS, full scale 1) under which a frame is silent."""
SOUNDING = 0.002
"""Volume from which a frame ends a silence; in between nothing changes."""
SILENT_FRAMES = 7
"""Silent frames in a row before the mouth is brought to rest."""
REST = 0.1
"""What the speech shapes are multiplied by in silence."""
CLOSING_FRAMES = 3
OPENING_FRAMES = 2

BLINK_WAIT = (40, 160)
"""Shortest and longest time between blinks, frames; their mean gives about 18 blinks a minute
(people blink 17 times a minute at rest and 26 in conversation: Bentivoglio et al. 1997)."""

LOUD = 0.08
"""Volume over which speech can raise the brows."""
LOUD_FRAMES = 6
BROW_FRAMES = 25
BROW_INTERVAL = 150
"""Fewest frames from one raise to the next."""
BROW_PEAKS = {"browInnerUp": 0.48, "browOuterUpLeft": 0.25, "browOuterUpRight": 0.25}
BROW_STRENGTH = (0.7, 1.3)


@dataclass(frozen=True)
class Live:
    """Settings of the live profile; each part can be switched off."""

    silence: bool = True
    """Bring the mouth to rest in silence."""
    smoothing: bool = True
    """Savitzky-Golay over five frames, which holds two frames back (67 ms of latency)."""
    symmetry: bool = True
    """Replace left/right pairs by their mean."""
    blinks: bool = True
    """Blink now and then."""
    brows: bool = False
    """Raise the brows where the voice stays loud."""

    @property
    def delay(self) -> int:
        return SAVGOL_REACH if self.smoothing else 0

    def start(self, shapes: Sequence[str], seed: int | None) -> LiveState:
        return LiveState(self, shapes, seed)


class LiveState:
    """One stream's state of the live profile."""

    def __init__(self, settings: Live, shapes: Sequence[str], seed: int | None) -> None:
        blink_rng, brow_rng = np.random.default_rng(seed).spawn(2)
        width = len(shapes)
        self._settings = settings
        self._gate = Gate()
        self._speech = columns(shapes, SPEECH)
        self._smoother = Smoother(width)
        self._symmetry = Symmetry(shapes)
        self._lids = columns(shapes, ("eyeBlinkLeft", "eyeBlinkRight"))
        self._eyelids = Eyelids(blink_rng, BLINK_WAIT)
        self._brows = BrowRaiser(brow_rng)
        self._brow_columns = columns(shapes, tuple(BROW_PEAKS))
        self._brow_peaks = np.array([BROW_PEAKS[shapes[i]] for i in self._brow_columns])
        self._overlays = np.zeros((0, width), np.float32)  # of the frames held back

    def step(self, weights: Floats, audio: Floats, rate: int) -> Floats:
        volumes = frame_volumes(audio, len(weights))
        if self._settings.silence:
            weights = self._damp(weights, volumes)
        self._overlays = np.concatenate((self._overlays, self._overlay(volumes)))
        return self._finished(self._smoother.step(weights) if self._settings.smoothing else weights)

    def finish(self) -> Floats:
        return self._finished(self._smoother.finish())

    def _damp(self, weights: Floats, volumes: Floats) -> Floats:
        weights = weights.copy()
        weights[:, self._speech] *= self._gate.step(volumes)[:, None]
        return weights

    def _overlay(self, volumes: Floats) -> Floats:
        """What blinks and brows add to [n, shapes]."""
        overlay = np.zeros((len(volumes), self._overlays.shape[1]), np.float32)
        if self._settings.blinks:
            overlay[:, self._lids] = self._eyelids.step(len(volumes))[:, None]
        if self._settings.brows:
            raised = self._brows.step(volumes)
            overlay[:, self._brow_columns] = raised[:, None] * self._brow_peaks
        return overlay

    def _finished(self, frames: Floats) -> Floats:
        """Symmetry and overlays on frames that are otherwise done."""
        overlays, self._overlays = self._overlays[: len(frames)], self._overlays[len(frames) :]
        if self._settings.symmetry:
            frames = self._symmetry(frames)
        return np.maximum(frames, overlays)


@dataclass
class Gate:
    """How open the mouth may be: 1 in speech, ``REST`` in silence, with hysteresis."""

    silent_frames: int = SILENT_FRAMES  # a stream starts at rest
    level: float = REST

    def step(self, volumes: Floats) -> Floats:
        """Volumes [n] -> factors [n]."""
        return np.fromiter((self._factor(volume) for volume in volumes), np.float32, len(volumes))

    def _factor(self, volume: float) -> float:
        if volume >= SOUNDING:
            self.silent_frames = 0
        elif volume < SILENT:
            self.silent_frames += 1
        if self.silent_frames >= SILENT_FRAMES:
            self.level = max(REST, self.level - (1 - REST) / CLOSING_FRAMES)
        else:
            self.level = min(1.0, self.level + (1 - REST) / OPENING_FRAMES)
        return self.level


class Smoother:
    """Savitzky-Golay over a stream: each frame comes out when two more are known."""

    def __init__(self, width: int) -> None:
        self._started = False
        self._tail = np.zeros((0, width), np.float32)

    def step(self, frames: Floats) -> Floats:
        """Frames [n, shapes] -> smoothed frames, two behind."""
        known = np.concatenate((self._tail, frames))
        if not self._started:
            if len(known) <= SAVGOL_REACH:
                self._tail = known
                return known[:0]
            known = np.concatenate((known[SAVGOL_REACH:0:-1], known))
            self._started = True
        self._tail = known[-2 * SAVGOL_REACH :]
        return smooth(known) if len(known) > 2 * SAVGOL_REACH else known[:0]

    def finish(self) -> Floats:
        """The frames held back, against a mirrored end."""
        if not self._started:
            return smooth(pad_mirrored(self._tail)) if len(self._tail) else self._tail
        mirrored = self._tail[-2 : -2 - SAVGOL_REACH : -1]
        return smooth(np.concatenate((self._tail, mirrored)))


@dataclass
class BrowRaiser:
    """Raises the brows once the voice has stayed loud for a while."""

    rng: np.random.Generator
    loud_frames: int = 0
    since_raise: int = BROW_INTERVAL
    strength: float = 0.0
    rise: Floats = field(
        default_factory=lambda: np.sin(np.linspace(0, np.pi, BROW_FRAMES)).astype(np.float32) ** 2
    )

    def step(self, volumes: Floats) -> Floats:
        """Volumes [n] -> brow raise [n], 0..1.3."""
        return np.fromiter((self._raise(volume) for volume in volumes), np.float32, len(volumes))

    def _raise(self, volume: float) -> float:
        self.loud_frames = self.loud_frames + 1 if volume > LOUD else 0
        self.since_raise += 1
        if self.loud_frames >= LOUD_FRAMES and self.since_raise >= BROW_INTERVAL:
            self.since_raise = 0
            self.strength = self.rng.uniform(*BROW_STRENGTH)
        return self.strength * float(self.rise[min(self.since_raise, BROW_FRAMES - 1)])
