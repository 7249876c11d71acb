"""What a post-processing profile is, and the one that does nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from a2e.arrays import Floats
from a2e.audio.samples import downmix
from a2e.errors import OptionError
from a2e.random import Random

Conditioner: TypeAlias = Callable[[Floats], Floats]
"""Audio in, audio out, float32 [n] at one rate; sample by sample, without delay."""


Downmix: TypeAlias = Callable[[NDArray[Any]], Floats]
"""Samples [n] or [n, channels] in, float32 [n] out; sample by sample, without delay."""


def unconditioned(audio: Floats) -> Floats:
    """The audio as it is."""
    return audio


class PostState(Protocol):
    """What one stream's post-processing remembers."""

    def step(self, weights: Floats, audio: Floats, rate: int) -> Floats:
        """Takes raw weights [m, shapes] and the audio that they show, float32 [n] at ``rate`` Hz.

        Gives the frames that are finished, [<= m + delay, names] (``names_of``).
        """
        ...

    def finish(self) -> Floats:
        """The frames held back at the stream's end, [<= delay, names]."""
        ...


@runtime_checkable
class Post(Protocol):
    """A profile's settings."""

    @property
    def delay(self) -> int:
        """Frames that the profile holds back."""
        ...

    def conditioner(self, rate: int) -> Conditioner:
        """What a stream that starts now does to its audio before the graph gets it."""
        ...

    def start(self, shapes: Sequence[str], fps: int, random: Random) -> PostState:
        """The state of a stream that starts now; ``random`` times what moves by itself."""
        ...


@runtime_checkable
class Mixing(Protocol):
    """A profile that mixes channels its own way."""

    def downmix(self, rate: int) -> Downmix:
        """The downmix of a stream that starts now, at the caller's rate."""
        ...


def downmix_of(post: Post, rate: int) -> Downmix:
    """The profile's own downmix, or the mean of the channels."""
    return post.downmix(rate) if isinstance(post, Mixing) else downmix


@runtime_checkable
class Naming(Protocol):
    """A profile whose frames have columns besides the model's shapes."""

    def names(self, shapes: Sequence[str]) -> tuple[str, ...]:
        """Names of the frames' columns: these shapes, then its own."""
        ...


def names_of(post: Post, shapes: Sequence[str]) -> tuple[str, ...]:
    """Names of the columns of a profile's frames, for a model with these shapes."""
    return post.names(shapes) if isinstance(post, Naming) else tuple(shapes)


@dataclass(frozen=True)
class Raw:
    """No post-processing: the network's own weights."""

    @property
    def delay(self) -> int:
        """Frames held back: none."""
        return 0

    def conditioner(self, rate: int) -> Conditioner:
        return unconditioned

    def start(self, shapes: Sequence[str], fps: int, random: Random) -> RawState:
        return RawState(len(shapes))


@dataclass(frozen=True)
class RawState:
    """Nothing to remember but the number of shapes."""

    width: int

    def step(self, weights: Floats, audio: Floats, rate: int) -> Floats:
        return weights

    def finish(self) -> Floats:
        return np.zeros((0, self.width), np.float32)


def profile_of(post: Post | None) -> Post:
    """``post`` as it is, or :class:`Raw` for None.

    Raises :class:`a2e.errors.OptionError` for what is no profile.
    """
    if post is None:
        return Raw()
    if isinstance(post, Post) and not isinstance(post, type):
        return post
    raise OptionError(
        f"post must be a profile such as a2e.Live() or a2e.Upstream(), or None; got {post!r}"
    )
