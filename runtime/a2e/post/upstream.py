"""LAM's own post-processing, stage by stage, for parity and for one-second hops.

Each stage works on the concatenation of ``sent`` frames that already went out (finished, at most
``HISTORY``) and new ones, and only the new ones are returned. At short hops the blending touches
every frame and drags the mouth behind the voice: use :class:`a2e.Live` there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from a2e.arrays import Floats
from a2e.post.profile import Conditioner, unconditioned
from a2e.post.stages import (
    REST,
    SILENT,
    Eyelids,
    Symmetry,
    columns,
    pad_mirrored,
    smooth,
)
from a2e.random import Random
from a2e.shapes import SPEECH

HISTORY = 64
"""Sent frames that a call looks back on."""
RUN_BLEND_FRAMES = 3
CHUNK_BLEND_FRAMES = 5
START_BLEND_FRAMES = 3
SILENT_FRAMES = 7
"""Silent frames in a row that bring the mouth to rest."""
BLINK_WAIT = (1.1, 3.1)
"""Fewest and most open seconds before a blink: at 30 fps starts are 40 to 100 frames apart."""


def volumes(chunk: Floats, rate: int, fps: int) -> Floats:
    """RMS of each frame of a chunk at ``rate`` Hz: [n] -> [ceil(n / rate * fps)].

    As librosa's ``feature.rms`` with frames and hops of ``int(rate / fps)`` samples, centred, with
    half a frame of zeros at both ends.
    """
    span = rate // fps
    padded = np.pad(chunk, span // 2)
    count = min(1 + (len(padded) - span) // span, -(-len(chunk) * fps // rate))
    spans = padded[: count * span].reshape(count, span)
    rms: Floats = np.sqrt(np.mean(np.square(spans), axis=1))
    return rms


def silent_runs(volume: Floats) -> list[tuple[int, int]]:
    """[start, end) of runs of at least ``SILENT_FRAMES`` silent frames.

    Upstream counts the first run that it meets one frame short; so does this.
    """
    edges = np.flatnonzero(np.diff(volume < SILENT, prepend=False, append=False))
    runs = [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]
    return [
        (start, end)
        for number, (start, end) in enumerate(runs)
        if end - start - (number == 0) >= SILENT_FRAMES
    ]


def rest_in_silence(frames: Floats, volume: Floats, sent: int, shapes: Sequence[str]) -> Floats:
    """Damps the speech shapes in silent runs and blends at their ends; [n, shapes] -> same.

    A run that began among the ``sent`` frames has no blend at its start.
    """
    frames = frames.copy()
    speech = columns(shapes, SPEECH)
    for start, end in silent_runs(volume):
        frames[start:end, speech] *= REST
        count = min(RUN_BLEND_FRAMES, end - start)
        if start >= max(sent, 1):
            blend(frames, start, count, frames[start - 1], frames[start : start + count])
        if end < len(frames):
            blend(frames, end - count, count, frames[end - count : end], frames[end])
    return frames


def blend(frames: Floats, at: int, count: int, before: Floats, after: Floats) -> None:
    """Writes ``count`` frames from ``at`` on that go linearly from ``before`` to ``after``."""
    weight = (np.arange(1, count + 1, dtype=np.float32) / (count + 1))[:, None]
    frames[at : at + count] = before * (1 - weight) + after * weight


def join(frames: Floats, sent: int) -> Floats:
    """Blends the first new frames from the last sent one, or from zero; [n, shapes] -> same."""
    frames = frames.copy()
    count = min(CHUNK_BLEND_FRAMES if sent else START_BLEND_FRAMES, len(frames) - sent)
    before = frames[sent - 1] if sent else np.zeros_like(frames[0])
    blend(frames, sent, count, before, frames[sent : sent + count])
    return frames


@dataclass(frozen=True)
class Upstream:
    """Settings of the upstream profile: LAM's streaming stages.

    LAM's optional brow raises are for whole clips only, and left out.
    """

    blinks: bool = True
    """Blink now and then."""

    @property
    def delay(self) -> int:
        """Frames held back: none."""
        return 0

    def conditioner(self, rate: int) -> Conditioner:
        return unconditioned

    def start(self, shapes: Sequence[str], fps: int, random: Random) -> UpstreamState:
        return UpstreamState(self, shapes, fps, random)


class UpstreamState:
    """One stream's sent frames and their volumes."""

    def __init__(self, settings: Upstream, shapes: Sequence[str], fps: int, random: Random) -> None:
        self._fps = fps
        self._blinks = settings.blinks
        self._shapes = shapes
        self._symmetry = Symmetry(shapes)
        self._lids = columns(shapes, ("eyeBlinkLeft", "eyeBlinkRight"))
        self._eyelids = Eyelids(random.spawn(), BLINK_WAIT, fps)
        self._sent = np.zeros((0, len(shapes)), np.float32)
        self._sent_volumes = np.zeros(0, np.float32)

    def step(self, weights: Floats, audio: Floats, rate: int) -> Floats:
        """Raw weights [m, shapes] and their audio at ``rate`` Hz -> finished frames [m, shapes]."""
        sent = len(self._sent)
        new_volumes = volumes(audio, rate, self._fps)[: len(weights)]
        lacking = len(weights) - len(new_volumes)  # upstream rounds frames up, volumes down
        volume = np.concatenate((self._sent_volumes, np.pad(new_volumes, (0, lacking), "edge")))
        frames = np.concatenate((self._sent, weights))
        frames = join(rest_in_silence(frames, volume, sent, self._shapes), sent)
        frames = self._symmetry(smooth(pad_mirrored(frames)))
        if self._blinks:
            lids = self._eyelids.step(len(weights))[:, None]
            frames[sent:, self._lids] = np.maximum(frames[sent:, self._lids], lids)
        new = frames[sent:]
        self._sent = np.concatenate((self._sent, new))[-HISTORY:]
        self._sent_volumes = volume[-HISTORY:]
        return new

    def finish(self) -> Floats:
        return self._sent[:0]
