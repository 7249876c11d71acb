"""The default profile: upstream's intentions at any hop, without a lag or a seam.

Everything works frame by frame on explicit state, so frames do not depend on how they were cut
into hops, and nothing reaches back to frames that were already sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from a2e.arrays import Floats
from a2e.audio.channels import Mixer
from a2e.errors import OptionError
from a2e.post.brows import BROW_PEAKS, BrowRaiser
from a2e.post.conditioning import Conditioning
from a2e.post.gate import Gate
from a2e.post.gaze import Directions, EyeShapes, Gaze
from a2e.post.head import Head, Poses
from a2e.post.profile import Conditioner, Downmix, Post, profile_of, unconditioned
from a2e.post.silence import Silence
from a2e.post.stages import Eyelids, Symmetry, columns, frame_volumes
from a2e.post.tones import ToneDetector
from a2e.random import Random
from a2e.shapes import HEAD, SPEECH

SMOOTHING = np.array([-5, 6, 12, 13, 9], np.float32) / np.float32(35)
"""Of the frames from three before a frame to one after it: a parabola laid through them by least
squares, read at that frame (Savitzky & Golay 1964). It moves nothing in time."""
PROMPT_SMOOTHING = np.array([1, 3], np.float32) / np.float32(4)
"""Of the frame before a frame and itself: a quarter of a frame late (8 ms)."""

BLINK_WAIT = (1.1, 5.1)
"""Fewest and most open seconds before a blink: 18 blinks a minute (people blink 17 times a minute
at rest and 26 in conversation: Bentivoglio et al. 1997)."""


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
    gaze: bool = True
    """Let the eyes look at the viewer, now and then away; the network's own directions are left."""
    head: bool = False
    """Move the head: frames get three more columns, ``a2e.shapes.HEAD``, in radians."""
    conditioning: bool = True
    """Let the network hear a faint voice at a usual level, and none with a constant offset."""
    tones: bool = True
    """Take tones and chords for silence."""

    @property
    def delay(self) -> int:
        """Frames held back."""
        return 1 if self.smoothing and not self.low_latency else 0

    def conditioner(self, rate: int) -> Conditioner:
        return Conditioning(rate) if self.conditioning else unconditioned

    def downmix(self, rate: int) -> Downmix:
        """The way from channels to one for a stream that starts now, at the caller's rate."""
        return Mixer(rate)

    def names(self, shapes: Sequence[str]) -> tuple[str, ...]:
        """Names of the frames' columns, for a model with these shapes."""
        return (*shapes, *HEAD) if self.head else tuple(shapes)

    def start(self, shapes: Sequence[str], fps: int, random: Random) -> LiveState:
        return LiveState(self, shapes, fps, random)


def with_life(post: Post | None, *, gaze: bool | None = None, head: bool | None = None) -> Post:
    """``post`` with gaze and head switched as asked; None leaves them as they are.

    Raises :class:`a2e.errors.OptionError` for another profile than :class:`Live`.
    """
    profile = profile_of(post)
    asked = {"gaze": gaze, "head": head}
    changes = {name: value for name, value in asked.items() if value is not None}
    if not changes:
        return profile
    if not isinstance(profile, Live):
        raise OptionError(
            f"{' and '.join(changes)}: only the live profile moves eyes and head; got "
            f"{type(profile).__name__.lower()}. Choose post live, or leave that out"
        )
    return replace(profile, **changes)


class LiveState:
    """One stream's state of the live profile.

    Weights are smoothed first. What volume and chance make of a frame (rest, blinks, brows, gaze,
    the head's pose) is worked out beside, and waits for it; by then the gate has heard the frames
    held back.
    """

    def __init__(self, settings: Live, shapes: Sequence[str], fps: int, random: Random) -> None:
        self._settings = settings
        self._smoother = Smoother(
            PROMPT_SMOOTHING if settings.low_latency else SMOOTHING, settings.delay, len(shapes)
        )
        self._detector: ToneDetector | None = None
        self._fps = fps
        self._silence = Silence(fps)
        self._gate = Gate(settings.delay, fps)
        self._speech = columns(shapes, SPEECH)
        self._symmetry = Symmetry(shapes)
        self._life = Life(settings, shapes, fps, random)
        self._overlays = self._life.nothing  # of the frames held back

    def step(self, weights: Floats, audio: Floats, rate: int) -> Floats:
        volumes = frame_volumes(audio, len(weights))
        tones = self._tones(audio, len(weights), rate)
        rests = self._silence.step(volumes, tones)
        self._overlays = np.concatenate((self._overlays, self._life.step(volumes, rests)))
        smoothed = self._smoother.step(weights) if self._settings.smoothing else weights
        return self._finished(smoothed, self._gate.step(rests, tones))

    def finish(self) -> Floats:
        return self._finished(self._smoother.finish(), self._gate.finish())

    def _tones(self, audio: Floats, frames: int, rate: int) -> Sequence[bool]:
        """Which frames are tones, [frames]; none for who does not ask."""
        if not self._settings.tones:
            return [False] * frames
        self._detector = self._detector or ToneDetector(rate, self._fps)
        return self._detector.step(audio, frames)

    def _finished(self, frames: Floats, openness: Floats) -> Floats:
        """Rest, symmetry and overlays on smoothed frames [n, shapes]."""
        overlays, self._overlays = self._overlays[: len(frames)], self._overlays[len(frames) :]
        if self._settings.silence:
            frames = frames.copy()
            frames[:, self._speech] *= openness[:, None]
        if self._settings.symmetry:
            frames = self._symmetry(frames)
        return self._life.lay_over(frames, overlays)


class Life:
    """What moves a face besides its speech: lids, brows, eyes and head, each by its own chance."""

    def __init__(self, settings: Live, shapes: Sequence[str], fps: int, random: Random) -> None:
        self._settings = settings
        self._shapes = len(shapes)
        self._lids = columns(shapes, ("eyeBlinkLeft", "eyeBlinkRight"))
        self._eyelids = Eyelids(random.spawn(), BLINK_WAIT, fps)
        self._brows = BrowRaiser(random.spawn(), fps)
        self._brow_columns = columns(shapes, tuple(BROW_PEAKS))
        self._brow_peaks = np.array([BROW_PEAKS[shapes[i]] for i in self._brow_columns])
        self._gaze = Gaze(random.spawn(), fps)
        self._eyes = EyeShapes(shapes)
        self._head = Head(random.spawn(), fps)
        self.nothing = np.zeros((0, len(settings.names(shapes))), np.float32)
        """No frames, [0, names]."""

    def step(self, volumes: Floats, rests: Sequence[bool]) -> Floats:
        """Volumes and whether the voice rests, [n] both -> overlays [n, names]."""
        count, settings = len(volumes), self._settings
        overlays = np.zeros((count, self.nothing.shape[1]), np.float32)
        blinks = self._eyelids.step(count) if settings.blinks else np.zeros(count, np.float32)
        overlays[:, self._lids] = blinks[:, None]
        if settings.brows:
            raised = self._brows.step(volumes)
            overlays[:, self._brow_columns] = raised[:, None] * self._brow_peaks
        poses = self._head.step(volumes, rests) if settings.head else None
        if poses is not None:
            overlays[:, self._shapes :] = poses
        if settings.gaze:
            directions = self._gaze.step(rests, blinks)
            overlays[:, self._eyes.columns] = self._eyes(in_head(directions, poses))
        return overlays

    def lay_over(self, frames: Floats, overlays: Floats) -> Floats:
        """Frames [n, shapes] under overlays [n, names] -> [n, names], a new array.

        The greater weight shows; eyes and head are the overlay's alone.
        """
        finished = overlays.copy()
        shapes = finished[:, : self._shapes]
        np.maximum(frames, shapes, out=shapes)
        if self._settings.gaze:
            finished[:, self._eyes.columns] = overlays[:, self._eyes.columns]
        return finished


def in_head(directions: Directions, poses: Poses | None) -> Directions:
    """Directions [n, 2] from a head of these poses [n, 3]: eyes keep their aim while it moves."""
    if poses is None:
        return directions
    turned: Directions = directions - np.degrees(poses[:, :2]) * (1, -1)  # pitch is downwards
    return turned


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
