"""What a client hears of its service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from a2e.arrays import Floats


@dataclass(frozen=True)
class Ready:
    """What the service said of the frames to come."""

    names: tuple[str, ...]
    """Of their columns."""
    fps: float
    latency: float
    """Seconds of audio, from a frame's start, that make sure the frame comes."""
    styles: tuple[str, ...]
    moods: tuple[str, ...]


@dataclass(frozen=True)
class Frames:
    """The next frames of a speech; none is missing, and none comes twice."""

    speech: int
    """The speech's number, from 0."""
    first: int
    """The number of the first frame, from 0 in each speech."""
    time: float
    """When the first frame begins, seconds of the speech."""
    weights: Floats
    """float32 [n, names]."""


@dataclass(frozen=True)
class Ended:
    """All frames of a speech have come."""

    speech: int
    frames: int
    seconds: float


@dataclass(frozen=True)
class Interrupted:
    """No frame of a speech before this one follows."""

    speech: int


@dataclass(frozen=True)
class Noted:
    """A warning of the service, or that a renderer has ``played`` a speech."""

    speech: int
    code: str
    message: str


Event: TypeAlias = Frames | Ended | Interrupted | Noted
