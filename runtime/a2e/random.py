"""The random numbers of blinks and brows: one small generator that every runtime can have.

xoshiro128** 1.1 (Blackman & Vigna 2021, "Scrambled linear pseudorandom number generators"),
seeded by MurmurHash3's finalizer; 32-bit arithmetic throughout. docs/architecture.md has it
written down, with test vectors.
"""

from __future__ import annotations

import operator
import secrets
from copy import copy

from a2e.errors import OptionError

MASK = 0xFFFFFFFF
STRIDE = 0x9E3779B9
"""2**32 divided by the golden ratio."""
FLOAT_BITS = 24
"""Bits of a drawn float: all that float32 holds exactly."""
SEED_BITS = 64
"""Bits of a seed that nobody chose."""


class Random:
    """A stream of draws from ``seed``, a whole number from 0 up; None draws one from the system.

    Raises :class:`a2e.errors.OptionError` for another seed.
    """

    def __init__(self, seed: int | None = None) -> None:
        self._key = _key_of(secrets.randbits(SEED_BITS) if seed is None else _whole(seed))
        self._children = 0
        self._state = _state_of(self._key)

    def spawn(self) -> Random:
        """The next substream, independent of this one's draws and of its other substreams."""
        self._children += 1
        child = copy(self)
        child._key = _fold(self._key, self._children)
        child._children = 0
        child._state = _state_of(child._key)
        return child

    def uint32(self) -> int:
        """A whole number from 0 to 2**32 - 1."""
        a, b, c, d = self._state
        drawn = _rotate(b * 5 & MASK, 7) * 9 & MASK
        shifted = b << 9 & MASK
        c, d = c ^ a, d ^ b
        b, a = b ^ c, a ^ d
        self._state = a, b, c ^ shifted, _rotate(d, 11)
        return drawn

    def random(self) -> float:
        """A number in [0, 1): the upper 24 bits of a draw, over 2**24."""
        return (self.uint32() >> 32 - FLOAT_BITS) / (1 << FLOAT_BITS)

    def uniform(self, low: float, high: float) -> float:
        """A number in [low, high)."""
        return low + (high - low) * self.random()

    def integer(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both among them, at most 2**24 values."""
        return low + int((high - low + 1) * self.random())


def _whole(seed: int) -> int:
    try:
        number = operator.index(seed)
    except TypeError:
        number = -1
    if number < 0:
        raise OptionError(f"seed must be a whole number from 0 up; got {seed!r}")
    return number


def _key_of(seed: int) -> int:
    """The 32-bit words of a seed, least first, folded into one."""
    key = _fold(0, seed & MASK)
    while seed := seed >> 32:
        key = _fold(key, seed & MASK)
    return key


def _state_of(key: int) -> tuple[int, int, int, int]:
    a, b, c, d = (_mix(key + STRIDE * number & MASK) for number in range(1, 5))
    return a, b, c, d


def _fold(key: int, word: int) -> int:
    return _mix((key ^ word) + STRIDE & MASK)


def _mix(word: int) -> int:
    """MurmurHash3's 32-bit finalizer (Appleby 2011)."""
    word = (word ^ word >> 16) * 0x85EBCA6B & MASK
    word = (word ^ word >> 13) * 0xC2B2AE35 & MASK
    return word ^ word >> 16


def _rotate(word: int, count: int) -> int:
    return (word << count | word >> 32 - count) & MASK
