"""Frame rates, exact: whole numbers, and the fractions that film and television mean by 23.976."""

from __future__ import annotations

from fractions import Fraction
from typing import TypeAlias

from a2e.errors import OptionError

Rate: TypeAlias = int | Fraction
"""Frames a second: an int where it is whole."""

SLOWED = (24, 30, 48, 60, 120)
"""Rates that television runs slower by 1001 to 1000, and writes with two or three decimals."""
SLOWED_BY = Fraction(1000, 1001)
NEAR = Fraction(5, 1000)
"""How far such a decimal may be from its fraction: 23.98, 23.976 and 23.97602 are one rate."""
MOST_RATE = 240
MOST_DENOMINATOR = 1001


def parse_rate(value: int | float | str | Fraction) -> Rate:
    """The rate that a number or a text means: 60, "60", "24000/1001", 23.976 (24000/1001).

    Raises :class:`a2e.errors.OptionError`.
    """
    try:
        if isinstance(value, bool):
            raise ValueError
        fraction = Fraction(str(value).strip())
    except (ValueError, ZeroDivisionError):
        raise refused(value) from None
    if fraction.denominator != 1:
        slowed = (rate * SLOWED_BY for rate in SLOWED)
        fraction = next((rate for rate in slowed if abs(rate - fraction) <= NEAR), fraction)
    if not 1 <= fraction <= MOST_RATE or fraction.denominator > MOST_DENOMINATOR:
        raise refused(value)
    return whole(fraction)


def refused(value: object) -> OptionError:
    return OptionError(
        f"fps must be a number from 1 to {MOST_RATE}, or a fraction such as 24000/1001; "
        f"got {str(value)[:40]!r}"
    )


def whole(rate: Rate) -> Rate:
    """The rate as an int where it is whole."""
    return rate.numerator if rate.denominator == 1 else rate


def number(rate: Rate | float) -> int | float:
    """The rate as JSON has it: a whole one as it is, another rounded to a double."""
    return rate if isinstance(rate, int) else float(rate)


def exact(rate: Rate | float) -> dict[str, list[int]]:
    """``fps_exact``, numerator and denominator, for what stands beside a rate that isn't whole."""
    if isinstance(rate, Fraction):
        return {"fps_exact": [rate.numerator, rate.denominator]}
    return {}


def frames_in_samples(samples: int, rate: int, fps: Rate) -> int:
    """Frames of ``samples`` at ``rate`` Hz: their seconds times ``fps``, rounded up."""
    return -(-samples * fps.numerator // (rate * fps.denominator))
