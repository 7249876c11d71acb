"""From the model's frames to those of another frame rate, or of an earlier or later face.

Frame k of the rate F shows the middle of its period, (k + 1/2) / F, less the delay, between the two
model frames around it, in a straight line: never beyond either, and without a lag. Two things are
not left to that line:

- **Shut lips stay shut.** A frame is bound to the model frame that is shown at its middle and to
  those whose own middles lie in its period; from the shut one among them it goes only as far as
  ``a2e.post.closures`` allows. So no closure opens at 60 frames a second, and none falls between
  two frames at 24.
- **Blinks reach their depth**: at lower rates the lids are as far down as in any bound frame.

Where frames lie repeats after a whole number of them, so the places of one such period, worked out
in whole numbers, are exact for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from math import lcm
from numbers import Real

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


class Timing:
    """Where each frame lies among the model's: frame k at k * step + start of them.

    Tables [period] tell of the frames of the first period; those of later ones lie ``ahead`` model
    frames further, for each period.
    """

    def __init__(self, step: Fraction, start: Fraction) -> None:
        unit = lcm(step.denominator, start.denominator)
        stride = int(step * unit)
        self.period = step.denominator
        """Frames until all is as at the start."""
        self.ahead = step.numerator
        self.thins = step > 1
        """Whether there are fewer frames than the model's."""
        places = np.arange(self.period, dtype=np.int64) * stride + int(start * unit)
        self.before: Counts = places // unit
        """The model frame at a frame's place or before it."""
        self.share = ((places - self.before * unit) / unit).astype(np.float32)
        """Of the way from that one to the next."""
        nearest = (2 * places + unit) // (2 * unit)
        self.first: Counts = np.minimum(nearest, -((stride - 2 * places) // (2 * unit)))
        self.last: Counts = np.maximum(nearest, (2 * places + stride - 1) // (2 * unit))
        """First and last model frame that a frame is bound to."""
        self.needed: Counts = np.maximum(-(-places // unit), self.last)
        """The last model frame that a frame needs."""
        self.oldest: Counts = np.minimum(self.before, self.first)
        """The first one."""
        starts = np.arange(self.period) * (stride / unit)
        self.wait = max(0.0, float(np.max(self.needed - starts)))
        """Model frames that frames come later than the model's, each counted from its own start, at
        most. A delay does not bring this under 0: the first frame waits for the model's first."""


@lru_cache(maxsize=16)
def timing_of(source: int, target: Rate, delay: float) -> Timing | None:
    """The timing from ``source`` to ``target`` frames a second, ``delay`` milliseconds later; None
    where nothing is to be done.

    Raises :class:`a2e.errors.OptionError` for a delay that can't be.
    """
    step = Fraction(source) / target
    late = Fraction(round(check_delay(delay)), 1_000) * source
    start = step / 2 - Fraction(1, 2) - late
    return None if step == 1 and start == 0 else Timing(step, start)


def check_delay(delay: float) -> float:
    """The delay; raises :class:`a2e.errors.OptionError`."""
    good = isinstance(delay, Real) and not isinstance(delay, bool) and abs(delay) <= MOST_DELAY
    if not good:
        raise OptionError(
            f"delay must be milliseconds from -{MOST_DELAY:g} to {MOST_DELAY:g}; got {delay!r}"
        )
    return float(delay)


class Retiming:
    """One stream's frames at another rate; ``names`` are the frames' columns.

    Arrays are replaced and never written to, so a shallow copy (``copy.copy``) goes on by itself.
    """

    def __init__(self, names: Sequence[str], timing: Timing) -> None:
        self._timing = timing
        self._closures = Closures(names, REGIONS["lower"])
        self._lids = columns(names, LIDS)
        self._known = np.zeros((0, len(names)), np.float32)  # model frames from number _first on
        self._gaps = np.zeros(0, np.float32)  # of their lips
        self._first = 0
        self._given = 0

    def step(self, frames: Floats, most: int) -> Floats:
        """Takes model frames [n, names]; gives those that they complete, up to ``most`` in all."""
        if len(frames):
            self._known = np.concatenate((self._known, frames))
            self._gaps = np.concatenate((self._gaps, self._closures.gap(frames)))
        periods, row = divmod(self._given, self._timing.period)
        needed = int(self._timing.needed[row]) + periods * self._timing.ahead - self._first
        if self._given >= most or needed >= len(self._known):
            return self._known[:0]
        numbers = self._numbers(most)
        rows, whole = self._rows(numbers)
        ready = self._timing.needed[rows] + whole < len(self._known)
        return self._next(numbers[: np.count_nonzero(ready)])

    def finish(self, most: int) -> Floats:
        """All frames still due, up to ``most``: after the last model frame, like it."""
        return self._next(self._numbers(most))

    def _numbers(self, most: int) -> Counts:
        """The numbers of the frames still to be given, up to ``most`` in all."""
        return np.arange(self._given, max(self._given, most), dtype=np.int64)

    def _rows(self, numbers: Counts) -> tuple[Counts, Counts]:
        """Frames' rows in the timing's tables, and where among the known frames those begin."""
        periods, rows = np.divmod(numbers, self._timing.period)
        return rows, periods * self._timing.ahead - self._first

    def _next(self, numbers: Counts) -> Floats:
        if not len(numbers) or not len(self._known):
            return self._known[:0]
        shown = self._shown(numbers)
        self._given += len(numbers)
        periods, row = divmod(self._given, self._timing.period)
        oldest = int(self._timing.oldest[row]) + periods * self._timing.ahead - self._first
        drop = min(max(0, oldest), len(self._known) - 1)
        self._known, self._gaps = self._known[drop:], self._gaps[drop:]
        self._first += drop
        return shown

    def _shown(self, numbers: Counts) -> Floats:
        """The frames of these numbers, [n, names]."""
        timing, end = self._timing, len(self._known) - 1
        rows, whole = self._rows(numbers)

        def known(table: Counts) -> Counts:
            """Rows of the known frames that a table means, or of the nearest ones."""
            row: Counts = np.minimum(np.maximum(table[rows] + whole, 0), end)
            return row

        left, first, last = known(timing.before), known(timing.first), known(timing.last)
        right = np.minimum(np.maximum(timing.before[rows] + whole + 1, 0), end)
        start = self._known[left]
        line: Floats = start + timing.share[rows, None] * (self._known[right] - start)
        most = int((last - first).max()) + 1
        bound = np.minimum(first[:, None] + np.arange(most), last[:, None])
        shut = (
            first if most == 1 else bound[np.arange(len(bound)), self._gaps[bound].argmin(axis=1)]
        )
        shown = self._closures.keep(self._known[shut], line)
        if timing.thins:
            deepest = self._known[bound][:, :, self._lids].max(axis=1)
            shown[:, self._lids] = np.maximum(shown[:, self._lids], deepest)
        return shown
