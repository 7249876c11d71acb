"""The default profile: upstream's intentions at any hop, without a lag or a seam.

Everything works frame by frame on explicit state, so frames do not depend on how they were cut
into hops, and nothing reaches back to frames that were already sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from a2e.arrays import Floats
from a2e.audio.channels import Mixer
from a2e.post.conditioning import Conditioning
from a2e.post.gate import Gate
from a2e.post.profile import Conditioner, Downmix, unconditioned
from a2e.post.stages import (
    Eyelids,
    Symmetry,
    columns,
    frame_volumes,
    frames_in,
)
from a2e.post.tones import ToneDetector
from a2e.random import Random
from a2e.shapes import SPEECH

SMOOTHING = np.array([-5, 6, 12, 13, 9], np.float32) / np.float32(35)
"""Of the frames from three before a frame to one after it: a parabola laid through them by least
squares, read at that frame (Savitzky & Golay 1964). It moves nothing in time."""
PROMPT_SMOOTHING = np.array([1, 3], np.float32) / np.float32(4)
"""Of the frame before a frame and itself: a quarter of a frame late (8 ms)."""

BLINK_WAIT = (1.1, 5.1)
"""Fewest and most open seconds before a blink: 18 blinks a minute (people blink 17 times a minute
at rest and 26 in conversation: Bentivoglio et al. 1997)."""

LOUD = 0.08
"""Volume over which speech can raise the brows."""
LOUD_SECONDS = 0.2
BROW_SECONDS = 0.8
"""From a raise's start to its end."""
BROW_INTERVAL = 5.0
"""Fewest seconds from one raise to the next."""
BROW_PEAKS = {"browInnerUp": 0.48, "browOuterUpLeft": 0.25, "browOuterUpRight": 0.25}
BROW_STRENGTH = (0.7, 1.3)


@dataclass(frozen=True)
class Live:
    """Settings of the live profile; each part can be switched off."""

    silence: bool = True
    """Bring the mouth to rest in silence."""
    smoothing: bool = True
    """Smooth over five frames, which holds one frame back (33 ms of latency)."""
    low_latency: bool = False
    """Hold nothing back: smooth over a frame and the one before."""
    symmetry: bool = True
    """Replace left/right pairs by their mean."""
    blinks: bool = True
    """Blink now and then."""
    brows: bool = False
    """Raise the brows where the voice stays loud."""
    conditioning: bool = True
    """Let the network hear a faint voice at a usual level, and none with a constant offset."""
    tones: bool = True
    """Take tones and chords for silence, if that brings the mouth to rest."""

    @property
    def delay(self) -> int:
        """Frames held back."""
        return 1 if self.smoothing and not self.low_latency else 0

    def conditioner(self, rate: int) -> Conditioner:
        return Conditioning(rate) if self.conditioning else unconditioned

    def downmix(self, rate: int) -> Downmix:
        """The way from channels to one for a stream that starts now, at the caller's rate."""
        return Mixer(rate)

    def start(self, shapes: Sequence[str], fps: int, random: Random) -> LiveState:
        return LiveState(self, shapes, fps, random)


class LiveState:
    """One stream's state of the live profile.

    Weights are smoothed first. What volume and chance make of a frame (rest, blinks, brows) is
    worked out beside, and waits for it; by then the gate has heard the frames held back.
    """

    def __init__(self, settings: Live, shapes: Sequence[str], fps: int, random: Random) -> None:
        width = len(shapes)
        self._settings = settings
        self._smoother = Smoother(
            PROMPT_SMOOTHING if settings.low_latency else SMOOTHING, settings.delay, width
        )
        self._gate = Gate(settings.delay, fps)
        self._detector: ToneDetector | None = None
        self._fps = fps
        self._speech = columns(shapes, SPEECH)
        self._symmetry = Symmetry(shapes)
        self._lids = columns(shapes, ("eyeBlinkLeft", "eyeBlinkRight"))
        self._eyelids = Eyelids(random.spawn(), BLINK_WAIT, fps)
        self._brows = BrowRaiser(random.spawn(), fps)
        self._brow_columns = columns(shapes, tuple(BROW_PEAKS))
        self._brow_peaks = np.array([BROW_PEAKS[shapes[i]] for i in self._brow_columns])
        self._overlays = np.zeros((0, width), np.float32)  # of the frames held back

    def step(self, weights: Floats, audio: Floats, rate: int) -> Floats:
        volumes = frame_volumes(audio, len(weights))
        self._overlays = np.concatenate((self._overlays, self._overlay(volumes)))
        smoothed = self._smoother.step(weights) if self._settings.smoothing else weights
        tones: Sequence[bool] = ()
        if self._settings.tones and self._settings.silence:
            self._detector = self._detector or ToneDetector(rate, self._fps)
            tones = self._detector.step(audio, len(weights))
        return self._finished(smoothed, self._gate.step(volumes, tones))

    def finish(self) -> Floats:
        return self._finished(self._smoother.finish(), self._gate.finish())

    def _overlay(self, volumes: Floats) -> Floats:
        """What blinks and brows add to [n, shapes]."""
        overlay = np.zeros((len(volumes), self._overlays.shape[1]), np.float32)
        if self._settings.blinks:
            overlay[:, self._lids] = self._eyelids.step(len(volumes))[:, None]
        if self._settings.brows:
            raised = self._brows.step(volumes)
            overlay[:, self._brow_columns] = raised[:, None] * self._brow_peaks
        return overlay

    def _finished(self, frames: Floats, openness: Floats) -> Floats:
        """Rest, symmetry and overlays on smoothed frames [n, shapes]."""
        overlays, self._overlays = self._overlays[: len(frames)], self._overlays[len(frames) :]
        if self._settings.silence:
            frames = frames.copy()
            frames[:, self._speech] *= openness[:, None]
        if self._settings.symmetry:
            frames = self._symmetry(frames)
        return np.maximum(frames, overlays)


class Smoother:
    """A filter over a stream: ``kernel`` weighs frames up to the one ``ahead`` of each.

    What lies before the first frame is like it, and what lies after the last one like that.
    """

    def __init__(self, kernel: Floats, ahead: int, width: int) -> None:
        self._kernel = kernel
        self._ahead = ahead
        self._recent = np.zeros((0, width), np.float32)  # as many as the kernel reaches back

    def step(self, frames: Floats) -> Floats:
        """Frames [n, shapes] -> smoothed frames in 0..1, ``ahead`` behind."""
        reach = len(self._kernel) - 1
        if not len(self._recent):
            frames = np.concatenate((np.repeat(frames[:1], reach - self._ahead, 0), frames))
        known = np.concatenate((self._recent, frames))
        self._recent = known[-reach:]
        count = max(0, len(known) - reach)
        smoothed = np.zeros((count, known.shape[1]), np.float32)
        for place, share in enumerate(self._kernel):
            smoothed += share * known[place : place + count]
        return np.clip(smoothed, 0, 1)

    def finish(self) -> Floats:
        """The frames held back."""
        return self.step(np.repeat(self._recent[-1:], self._ahead, 0))


class BrowRaiser:
    """Raises the brows once the voice has stayed loud for a while."""

    def __init__(self, random: Random, fps: int) -> None:
        self._random = random
        self._rise = np.sin(np.linspace(0, np.pi, frames_in(BROW_SECONDS, fps) + 1)) ** 2
        self._loud_enough = frames_in(LOUD_SECONDS, fps)
        self._interval = frames_in(BROW_INTERVAL, fps)
        self._loud_frames = 0
        self._since_raise = self._interval
        self._strength = 0.0

    def step(self, volumes: Floats) -> Floats:
        """Volumes [n] -> brow raise [n], 0..1.3."""
        return np.fromiter((self._raise(volume) for volume in volumes), np.float32, len(volumes))

    def _raise(self, volume: float) -> float:
        self._loud_frames = self._loud_frames + 1 if volume > LOUD else 0
        self._since_raise += 1
        if self._loud_frames >= self._loud_enough and self._since_raise >= self._interval:
            self._since_raise = 0
            self._strength = self._random.uniform(*BROW_STRENGTH)
        return self._strength * float(self._rise[min(self._since_raise, len(self._rise) - 1)])
