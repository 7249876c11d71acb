"""What encoders share: frames to what goes over a wire, without I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from a2e.arrays import Floats
from a2e.errors import OptionError
from a2e.outputs.address import Address
from a2e.rates import Rate
from a2e.shapes import ARKIT

Payload: TypeAlias = bytes | str
"""A datagram, a message or lines."""


@dataclass(frozen=True)
class FrameFormat:
    """What a voice's frames are."""

    names: tuple[str, ...]
    """Of the columns."""
    fps: Rate

    @property
    def rests_at_zero(self) -> bool:
        """Whether a face at rest is all zeros: not so where a viseme stands for silence."""
        return "jawOpen" in self.names or "aa" in self.names


class Encoder:
    """One speech for one output.

    Raises :class:`a2e.errors.OptionError` for frames that the receiver has no place for.
    """

    holds_pose: ClassVar[bool] = False
    """Whether the receiver keeps the last frame for ever, and is to be led back to rest where a
    speech is cut short."""

    def __init__(self, address: Address, format: FrameFormat, speech: int) -> None:
        raise NotImplementedError

    def begin(self, time_of_day: float) -> list[Payload]:
        """Before the first frame, which shows at ``time_of_day``, seconds since midnight; also sent
        first of all on every new connection."""
        return []

    def frame(self, index: int, weights: Floats) -> list[Payload]:
        """Frame number ``index``, [names]."""
        raise NotImplementedError

    def end(self, frames: int) -> list[Payload]:
        """After the last of ``frames``."""
        return []

    def cut(self) -> list[Payload]:
        """Instead, where the speech was interrupted."""
        return []


def check_arkit(names: tuple[str, ...], what: str) -> None:
    """Raises :class:`a2e.errors.OptionError` where none of the columns is ARKit's."""
    if not set(names) & set(ARKIT):
        raise OptionError(
            f"{what} holds ARKit's shapes; got {', '.join(names[:3])}, …: leave shapes out, or "
            "take osc, ws or ndjson"
        )
