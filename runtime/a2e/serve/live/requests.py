"""What a client's messages ask for, as it waits to be computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from numpy.typing import NDArray

from a2e.serve.live.messages import Start


@dataclass(frozen=True)
class Begin:
    """A stream begins; ``speech`` is its first."""

    speech: int
    start: Start


@dataclass(frozen=True)
class Audio:
    """Samples [n, channels] of a speech."""

    speech: int
    samples: NDArray[Any]
    rate: int
    arrival: float
    """When the last of it came, seconds."""

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate


@dataclass(frozen=True)
class Finish:
    """A speech has ended and its last frames are due."""

    speech: int


@dataclass(frozen=True)
class Drop:
    """Everything before ``speech`` has been dropped."""

    speech: int


@dataclass(frozen=True)
class Warn:
    """The client is to know something of a speech."""

    speech: int
    code: str
    message: str


Request: TypeAlias = Begin | Audio | Finish | Drop | Warn
