"""The audio's clock: when each moment of a voice is, by this machine's monotonic clock."""

from __future__ import annotations

WINDOW = 5.0
"""Seconds over which a device's lateness is observed."""
SLEW = 0.002
"""Seconds that a following clock goes back in a second: 0.07 ms a frame, which nobody sees."""


class AudioClock:
    """Begins when the first audio is heard; later audio that comes too late makes it wait.

    With ``follows`` it also goes back, slowly, where all audio of the last seconds came sooner
    than it says: sound cards' clocks differ from this machine's, by some parts in 100,000.
    """

    def __init__(self, *, follows: bool = False) -> None:
        self.start: float | None = None
        """When the audio's first sample is due, seconds; None before anything was heard."""
        self._follows = follows
        self._heard = self._since = 0.0
        self._before = self._latest = float("-inf")

    def hear(self, seconds: float, now: float) -> None:
        """Audio up to ``seconds`` is here, ``now``."""
        start = now - seconds
        if self.start is None:
            self._since = self._heard = now
        if self.start is None or start > self.start:
            self.start = start
        if self._follows:
            self._follow(start, now)

    def not_before(self, start: float) -> None:
        """The audio does not begin before ``start``."""
        self.start = start if self.start is None else max(self.start, start)

    def _follow(self, start: float, now: float) -> None:
        """Goes back towards the latest start of the last one to two windows."""
        assert self.start is not None
        if now - self._since > WINDOW:
            self._before, self._latest, self._since = self._latest, start, now
        self._latest = max(self._latest, start)
        early = self.start - max(self._latest, self._before)
        self.start -= min(max(early, 0.0), SLEW * (now - self._heard))
        self._heard = now
