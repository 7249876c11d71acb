"""Silence in a voice: where it rests, and where nothing but tones sound."""

from __future__ import annotations

from collections.abc import Sequence

from a2e.arrays import Floats
from a2e.post.stages import SILENT, frames_in

SILENT_MOST = 0.006
"""Volume up to which a noisy room's floor can count as silence."""
FLOOR_MARGIN = 2.5
"""How far over the room's floor silence reaches."""
FLOOR_RISE = 1.8114
"""How fast the floor follows a louder room, a second (5 dB); a quieter one at once."""
SOUNDING = 2.0
"""How far over silence a frame must be to end it."""
SILENT_SECONDS = 0.23
"""Silence in which the voice rests."""
TONE_HOLD_FRAMES = 2
"""Frames after a tone that are taken for its end, or for the change to the next."""


class Silence:
    """Tells the frames in which the voice rests: what stays near the room's floor, and tones."""

    def __init__(self, fps: int) -> None:
        self._floor = SILENT / FLOOR_MARGIN
        self._floor_rise = FLOOR_RISE ** (1 / fps)
        self._rest_frames = frames_in(SILENT_SECONDS, fps)
        self._silent_frames = self._rest_frames  # a stream starts at rest
        self._since_tone = TONE_HOLD_FRAMES

    def step(self, volumes: Floats, tones: Sequence[bool]) -> list[bool]:
        """Volumes and which frames are tones, [n] both -> whether the voice rests, [n].

        It rests from a tone's first frame on, and after its last until something sounds.
        """
        return [
            self._rests(volume, tone) for volume, tone in zip(volumes.tolist(), tones, strict=True)
        ]

    def _rests(self, volume: float, tone: bool) -> bool:
        self._since_tone = 0 if tone else self._since_tone + 1
        if self._since_tone <= TONE_HOLD_FRAMES:
            self._silent_frames = self._rest_frames
        else:
            self._hear(volume)
        return self._silent_frames >= self._rest_frames

    def _hear(self, volume: float) -> None:
        self._floor = max(SILENT / FLOOR_MARGIN, min(volume, self._floor * self._floor_rise))
        silent = min(FLOOR_MARGIN * self._floor, SILENT_MOST)
        resting = self._silent_frames >= self._rest_frames
        if volume < (silent * SOUNDING if resting else silent):
            self._silent_frames += 1
        else:
            self._silent_frames = 0
