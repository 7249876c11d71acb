"""From raw weights to a face: post-processing profiles, moods and per-shape controls.

A profile (:class:`Live`, :class:`Upstream`, :class:`Raw`) holds settings;
``profile.start(shapes, fps, random)`` gives the state of one stream, a :class:`PostState`, which
takes each hop's raw weights with the audio that they show.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, TypeAlias

from a2e.post.controls import Controls
from a2e.post.live import Live, with_life
from a2e.post.moods import MOODS
from a2e.post.profile import Post, PostState, Raw, names_of, profile_of
from a2e.post.upstream import Upstream

__all__ = [
    "MOODS",
    "PROFILES",
    "Controls",
    "Live",
    "Post",
    "PostState",
    "ProfileName",
    "Raw",
    "Upstream",
    "names_of",
    "profile_of",
    "prompt",
    "with_life",
]

ProfileName: TypeAlias = Literal["live", "upstream", "raw"]
PROFILES: dict[str, Post] = {
    "live": Live(),
    "upstream": Upstream(),
    "raw": Raw(),
    "none": Raw(),
}
"""Profiles by the names that commands and clients use; ``none`` is another name of ``raw``."""


def prompt(post: Post | None) -> Post | None:
    """``post`` as it is where latency matters most; only :class:`Live` holds frames back."""
    return replace(post, low_latency=True) if isinstance(post, Live) else post
