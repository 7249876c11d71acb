"""From raw weights to a face: post-processing profiles and per-shape controls.

A profile (:class:`Live`, :class:`Upstream`) holds settings; ``profile.start(shapes, rng)`` gives
the state of one stream, a :class:`PostState`, which takes each hop's raw weights with the audio
that they show.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np

from a2e.arrays import Floats
from a2e.errors import OptionError
from a2e.post.controls import Controls
from a2e.post.live import Live
from a2e.post.upstream import Upstream

__all__ = [
    "PROFILES",
    "Controls",
    "Live",
    "Post",
    "PostState",
    "ProfileName",
    "Upstream",
    "check_post",
]


class PostState(Protocol):
    """What one stream's post-processing remembers."""

    def step(self, weights: Floats, audio: Floats, rate: int) -> Floats:
        """Takes raw weights [m, shapes] and the audio that they show; gives finished frames."""

    def finish(self) -> Floats:
        """The frames held back at the stream's end, [<= delay, shapes]."""


@runtime_checkable
class Post(Protocol):
    """A profile's settings."""

    @property
    def delay(self) -> int:
        """Frames that the profile holds back."""

    def start(self, shapes: Sequence[str], rng: np.random.Generator) -> PostState:
        """The state of a stream that starts now; ``rng`` times its blinks."""


ProfileName: TypeAlias = Literal["live", "upstream", "raw"]
PROFILES: dict[str, Post | None] = {
    "live": Live(),
    "upstream": Upstream(),
    "raw": None,
    "none": None,
}
"""Profiles by the names that commands and clients use; ``none`` is another name of ``raw``."""


def check_post(post: Post | None) -> Post | None:
    """``post`` as it is; raises :class:`a2e.errors.OptionError` for what is no profile."""
    if post is None or (isinstance(post, Post) and not isinstance(post, type)):
        return post
    raise OptionError(
        f"post must be a profile such as a2e.Live() or a2e.Upstream(), or None; got {post!r}"
    )
