"""From the model's frames to those of a film.

Frame k of a film at the rate F shows the middle of its period, (k + 1/2) / F, between the two model
frames around it in a straight line, as the page's player goes from frame to frame. At the model's
own rate these are the model's frames.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import ceil, floor

import numpy as np

from a2e.arrays import Floats
from a2e.errors import OptionError

MOST = 240
SLOWED = (24, 30, 48, 60, 120)
"""Rates that television runs slower by 1001 to 1000: 23.976 means 24000/1001."""


def parse_fps(text: str) -> Fraction:
    """``25``, ``24000/1001`` or ``29.97``; raises :class:`a2e.errors.OptionError`."""
    try:
        fps = Fraction(text.strip())
    except (ValueError, ZeroDivisionError):
        fps = Fraction(0)
    slowed = (rate * Fraction(1000, 1001) for rate in SLOWED)
    fps = next((rate for rate in slowed if abs(rate - fps) <= Fraction(5, 1000)), fps)
    if not 1 <= fps <= MOST or fps.denominator > 1001:
        raise OptionError(
            f"fps must be a number from 1 to {MOST}, or a fraction such as 24000/1001; got {text!r}"
        )
    return fps


class Retiming:
    """Frames at ``source`` a second in, [m, names], frames at ``target`` out."""

    def __init__(self, source: Fraction, target: Fraction) -> None:
        self._step = source / target
        self._target = target
        self._rows: Floats | None = None
        self._first = 0  # which model frame the first row kept is
        self._count = 0  # frames given

    def push(self, frames: Floats) -> Iterator[Floats]:
        """The film's frames, [names] each, that can be shown now."""
        rows = frames if self._rows is None else np.concatenate([self._rows, frames])
        last = self._first + len(rows) - 1
        while (place := self._place()) <= last:
            yield self._at(rows, place)
            self._count += 1
        done = max(0, min(floor(place), last) - self._first)
        self._rows, self._first = rows[done:], self._first + done

    def finish(self, seconds: Fraction) -> Iterator[Floats]:
        """The rest of the frames of so much sound: ceil(seconds * target) in all."""
        if self._rows is None or not len(self._rows):
            return
        last = self._first + len(self._rows) - 1
        while self._count < ceil(seconds * self._target):
            yield self._at(self._rows, min(self._place(), Fraction(last)))
            self._count += 1

    def _place(self) -> Fraction:
        """Where the next frame lies among the model's."""
        return max(Fraction(0), (self._count + Fraction(1, 2)) * self._step - Fraction(1, 2))

    def _at(self, rows: Floats, place: Fraction) -> Floats:
        index = floor(place)
        row: Floats = rows[index - self._first]
        if index == place:
            return row
        between: Floats = row + (rows[index + 1 - self._first] - row) * np.float32(place - index)
        return between
