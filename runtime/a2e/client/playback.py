"""The clock of a playback that somebody else does: when a position of its audio is heard."""

from __future__ import annotations


class Playback:
    """One segment of audio; times are seconds of any one clock, positions seconds of the audio."""

    def __init__(self) -> None:
        self._origin: float | None = None  # the time of position 0
        self._paused: float | None = None
        self.position = 0.0
        """Audio handed over so far."""

    def start(self, now: float) -> None:
        """Its first sound is heard."""
        if self._origin is None:
            self._origin = now

    def hand_over(self, seconds: float, now: float) -> None:
        """More audio is there to be played; where it comes late the playback had to wait."""
        if self._paused is None and self._origin is not None:
            self._origin = max(self._origin, now - self.position)
        self.position += seconds

    def pause(self, now: float) -> None:
        if self._paused is None:
            self._paused = now

    def resume(self, now: float) -> None:
        if self._paused is not None and self._origin is not None:
            self._origin += max(0.0, now - max(self._paused, self._origin))
        self._paused = None

    def is_due(self, position: float, now: float) -> bool:
        """Whether a position is heard by now, or could be at any moment: the start, before it."""
        if self._origin is None:
            return position == 0
        return self._paused is None and self._origin + position <= now
