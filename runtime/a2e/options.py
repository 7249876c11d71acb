"""The face that a caller asks for: one value from the command line, a message or a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # they load numpy, which reading a command's options does not wait for
    from a2e.model import Model
    from a2e.post import Controls, Post
    from a2e.rates import Rate
    from a2e.stream import Stream
    from a2e.styles import Style


def _live() -> Post:
    from a2e.post import Live

    return Live()


def _no_controls() -> Controls:
    from a2e.post import Controls

    return Controls()


@dataclass(frozen=True)
class Face:
    """Everything about a stream but its sample rate; the fields are those of ``Model.stream``."""

    style: Style | None = None
    post: Post | None = field(default_factory=_live)
    controls: Controls = field(default_factory=_no_controls)
    seed: int | None = None
    fps: Rate | float | str | None = None
    delay: float = 0.0
    smooth: Mapping[str, float] = field(default_factory=dict)
    shapes: str = "arkit"

    def open(self, model: Model, rate: int) -> Stream:
        """A stream of ``model`` at ``rate`` Hz; raises :class:`a2e.errors.A2EError`."""
        return model.stream(
            rate, **{option.name: getattr(self, option.name) for option in fields(self)}
        )

    def rate(self, model: Model) -> Rate:
        """The frame rate of such a stream; raises :class:`a2e.errors.OptionError`."""
        from a2e.rates import parse_rate

        return model.spec.fps if self.fps is None else parse_rate(self.fps)

    def change(self, stream: Stream) -> None:
        """Gives a running stream what can change while it runs: style and controls.

        Raises :class:`a2e.errors.OptionError`.
        """
        stream.change(style=self.style, controls=self.controls)
