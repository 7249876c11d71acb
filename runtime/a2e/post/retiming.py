"""From the model's frames to those of another frame rate, or of an earlier or later face.

Frame k of the rate F shows the middle of its period, (k + 1/2) / F, less the delay, between the two
model frames around it, in a straight line: never beyond either, and without a lag. Two things are
not left to that line:

- **Shut lips stay shut.** A frame is bound to the model frame that is shown at its middle and to
  those whose own middles lie in its period; from the shut one among them it goes only as far as
  ``a2e.post.closures`` allows. So no closure opens at 60 frames a second, and none falls between
  two frames at 24.
- **Blinks reach their depth**: at lower rates the lids are as far down as in any bound frame.

All places are whole numbers over one denominator, so that frame numbers are exact for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from numbers import Real
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from a2e.arrays import Floats
from a2e.errors import OptionError
from a2e.post.closures import Closures
from a2e.post.regions import LIDS, REGIONS
from a2e.post.stages import columns
from a2e.rates import Rate

MOST_DELAY = 1_000.0
"""Milliseconds by which a face may come later or earlier; they are rounded to whole ones."""
Counts = NDArray[np.int64]


class Timing(NamedTuple):
    """Where each frame lies among the model's: frame k at (k * step + start) / unit of them."""

    step: int
    start: int
    unit: int

    def places(self, first: int, count: int) -> Counts:
        """Places of ``count`` frames, in parts of ``unit``: [count]."""
        return np.arange(first, first + count, dtype=np.int64) * self.step + self.start

    def bound(self, places: Counts) -> tuple[Counts, Counts]:
        """First and last model frame that each frame is bound to, [n] both."""
        nearest = (2 * places + self.unit) // (2 * self.unit)
        first = -((self.step - 2 * places) // (2 * self.unit))
        last = (2 * places + self.step - 1) // (2 * self.unit)
        return np.minimum(nearest, first), np.maximum(nearest, last)

    def needed(self, places: Counts) -> Counts:
        """The last model frame that each frame needs, [n]."""
        return np.maximum(-(-places // self.unit), self.bound(places)[1])


def timing_of(source: int, target: Rate, delay: float) -> Timing:
    """The timing from ``source`` to ``target`` frames a second, ``delay`` milliseconds later.

    Raises :class:`a2e.errors.OptionError` for a delay that can't be.
    """
    step = Fraction(source) / target
    late = Fraction(round(check_delay(delay)), 1_000) * source
    start = step / 2 - Fraction(1, 2) - late
    unit = lcm(step.denominator, start.denominator)
    return Timing(int(step * unit), int(start * unit), unit)


def check_delay(delay: float) -> float:
    """The delay; raises :class:`a2e.errors.OptionError`."""
    good = isinstance(delay, Real) and not isinstance(delay, bool) and abs(delay) <= MOST_DELAY
    if not good:
        raise OptionError(
            f"delay must be milliseconds from -{MOST_DELAY:g} to {MOST_DELAY:g}; got {delay!r}"
        )
    return float(delay)


def wait_of(timing: Timing, source: int) -> float:
    """Seconds that frames come later than the model's, each counted from its own start, at most;
    less than 0 where a delay brings them earlier."""
    period = timing.unit // np.gcd(timing.unit, timing.step)  # frames until all is as at the start
    frames = np.arange(period, dtype=np.int64)
    needed = timing.needed(timing.places(0, period))
    late: Counts = needed * timing.unit - frames * timing.step
    return int(late.max()) / timing.unit / source


class Retiming:
    """One stream's frames at another rate; ``names`` are the frames' columns."""

    def __init__(self, names: Sequence[str], timing: Timing) -> None:
        self._timing = timing
        self._closures = Closures(names, REGIONS["lower"])
        self._lids = columns(names, LIDS)
        self._known = np.zeros((0, len(names)), np.float32)  # model frames from number _first on
        self._first = 0
        self._given = 0

    def step(self, frames: Floats, most: int) -> Floats:
        """Takes model frames [n, names]; gives those that they complete, up to ``most`` in all."""
        self._known = np.concatenate((self._known, frames))
        places = self._timing.places(self._given, max(0, most - self._given))
        ready = self._timing.needed(places) < self._first + len(self._known)
        return self._next(places[: int(ready.sum())])

    def finish(self, most: int) -> Floats:
        """All frames still due, up to ``most``: after the last model frame, like it."""
        return self._next(self._timing.places(self._given, max(0, most - self._given)))

    def _next(self, places: Counts) -> Floats:
        if not len(places) or not len(self._known):
            return self._known[:0]
        shown = self._shown(places)
        self._given += len(places)
        after = self._timing.places(self._given, 1)
        oldest = min(int(after[0] // self._timing.unit), int(self._timing.bound(after)[0][0]))
        drop = min(max(0, oldest - self._first), len(self._known) - 1)
        self._known, self._first = self._known[drop:], self._first + drop
        return shown

    def _shown(self, places: Counts) -> Floats:
        """The frames at ``places``, [n, names]."""
        unit, last = self._timing.unit, len(self._known) - 1
        before = places // unit
        share = ((places - before * unit) / unit).astype(np.float32)[:, None]
        left, right = (np.clip(at - self._first, 0, last) for at in (before, before + 1))
        line: Floats = self._known[left] + share * (self._known[right] - self._known[left])
        bound = self._bound(places)
        gaps = self._closures.gap(self._known)
        shut = bound[np.arange(len(bound)), np.argmin(gaps[bound], axis=1)]
        shown = self._closures.keep(self._known[shut], line)
        if self._timing.step > unit:
            deepest = self._known[bound][:, :, self._lids].max(axis=1)
            shown[:, self._lids] = np.maximum(shown[:, self._lids], deepest)
        return shown

    def _bound(self, places: Counts) -> NDArray[np.intp]:
        """Rows of the model frames that each frame is bound to, [n, most of them]; a row comes
        again where there are fewer."""
        first, last = (
            np.clip(at - self._first, 0, len(self._known) - 1) for at in self._timing.bound(places)
        )
        most = int((last - first).max()) + 1
        rows: NDArray[np.intp] = np.minimum(first[:, None] + np.arange(most), last[:, None])
        return rows
