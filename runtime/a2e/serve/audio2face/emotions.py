"""Emotions over a clip's time: the mood of each frame, and controls that carry it.

The mood goes in a straight line, within the transition's seconds, from what it is to each emotion
that the client sets. A frame has the mood of its end. Nothing is heard from the voice: where the
client sets no emotion the mood goes from the one at the beginning to none.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from a2e.arrays import Floats
from a2e.post import MOODS, Controls
from a2e.serve.audio2face.parts import Emotion, Header, Weights
from a2e.serve.refusals import RefusalError

Strengths: TypeAlias = NDArray[np.float64]
"""[moods], in the order of ``NAMES``."""

NAMES = tuple(MOODS)
MAX_EMOTIONS = 10_000
"""Most emotions of one clip."""


class EmotionTrack:
    """The mood of a clip's frames, asked for in their order."""

    def __init__(self, header: Header, fps: int) -> None:
        self._fps = fps
        self._transition = header.transition
        self._factor = header.preferred
        self._waiting: list[Emotion] = []  # that have not begun, by their times
        self._count = 0
        self._frame = 0
        self._start = 0.0  # of the way, seconds
        self._from = self._vector(header.beginning, header.strength)
        self._to = np.zeros(len(NAMES))

    def add(self, emotion: Emotion) -> None:
        """An emotion to come; one whose time is over begins with the next frame.

        Raises ``RefusalError`` for one too many.
        """
        self._count += 1
        if self._count > MAX_EMOTIONS:
            raise RefusalError("too_big", f"expected at most {MAX_EMOTIONS} emotions in a clip")
        insort(self._waiting, emotion, key=lambda waiting: waiting.time)

    def step(self) -> tuple[list[Emotion], Weights]:
        """The emotions that begin in the next frame, and its mood."""
        frame_start, end = self._frame / self._fps, (self._frame + 1) / self._fps
        self._frame += 1
        begun = []
        while self._waiting and self._waiting[0].time < end:
            begun.append(self._waiting.pop(0))
            self._turn(begun[-1], max(begun[-1].time, frame_start))
        values = np.round(self._at(end), 6).tolist()
        return begun, dict(zip(NAMES, values, strict=True))

    def _turn(self, emotion: Emotion, time: float) -> None:
        self._from = self._at(time)
        self._to = self._vector(emotion.strengths, self._factor)
        self._start = time

    def _at(self, time: float) -> Strengths:
        passed = time - self._start
        share = 1.0 if passed >= self._transition else max(0.0, passed / self._transition)
        mood: Strengths = self._from + share * (self._to - self._from)
        return mood

    def _vector(self, strengths: Weights, factor: float) -> Strengths:
        return np.array([factor * strengths.get(name, 0.0) for name in NAMES])


@dataclass(frozen=True)
class EmotionControls(Controls):
    """Controls whose mood is a track's, frame by frame; for one stream, and one clip of it."""

    track: EmotionTrack = field(kw_only=True)
    shown: list[tuple[list[Emotion], Weights]] = field(kw_only=True, default_factory=list)
    """What ``EmotionTrack.step`` said of each frame given so far; whoever reads it empties it."""

    def bind(self, shapes: Sequence[str]) -> Callable[[Floats], Floats]:
        self._bound({}, shapes)  # refuses at once what can't be

        def apply(frames: Floats) -> Floats:
            steps = [self.track.step() for _ in range(len(frames))]
            self.shown.extend(steps)
            parts, first = [frames[:0]], 0
            for mood, run in groupby(mood for _, mood in steps):
                last = first + len(list(run))
                parts.append(self._bound(mood, shapes)(frames[first:last]))
                first = last
            return np.concatenate(parts)

        return apply

    def _bound(self, mood: Weights, shapes: Sequence[str]) -> Callable[[Floats], Floats]:
        """Steady controls of this mood, or of the service's own where the client's is none."""
        mood = mood if any(mood.values()) else dict(self.mood)
        return Controls(self.gain, self.offset, self.clamp, self.mute, mood).bind(shapes)
