"""What a model file says about itself: the facts in its ``metadata_props``.

Each field of :class:`Spec` is stored under ``a2e.<field>`` as JSON, beside ``a2e.schema``. The
exporter writes them, the runtime reads them, and nothing about a model is known from elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from a2e.errors import ModelError, OptionError

SCHEMA = 1
"""Version of the metadata and of the graph's contract that this package reads and writes."""

PREFIX = "a2e."
GRID = 3
"""Frames in 100 ms: the smallest span in which sample, conv and frame grids meet."""


@dataclass(frozen=True)
class Spec:
    """The facts of one model file; raises :class:`OptionError` for facts that can't be."""

    kind: str
    """Graph kind: how context is carried (``recompute``, ``hybrid``, ``cached``)."""
    sample_rate: int
    """Rate of the graph's audio, Hz."""
    fps: int
    """Frames a second."""
    hop: int
    """Frames that one graph call computes."""
    lookahead: int
    """Frames held back so that each has that much audio to its right."""
    window: int
    """Frames that the network sees at once."""
    styles: tuple[str, ...]
    """Names of the styles, in the order of the ``style`` input."""
    default_style: int
    """Index of the style used where none is asked for."""
    shapes: tuple[str, ...]
    """Names of the shapes, in the order of the weights."""
    precision: str
    """How the weights of the network are stored and computed (``float32``, …)."""
    source_sha256: str
    """SHA-256 of the checkpoint that the model was converted from."""
    tools: Mapping[str, str]
    """Versions of what made the file."""

    def __post_init__(self) -> None:
        if self.hop < GRID or self.hop % GRID or self.lookahead < 0 or self.lookahead % GRID:
            raise OptionError(
                f"hop and lookahead must be multiples of {GRID} frames (100 ms), the hop at least "
                f"{GRID}; got a hop of {self.hop} and a lookahead of {self.lookahead}"
            )
        if self.hop + self.lookahead >= self.window:
            raise OptionError(
                f"hop + lookahead must be less than the window of {self.window} frames; "
                f"got {self.hop} + {self.lookahead}"
            )
        if len(set(self.styles)) < len(self.styles):
            raise OptionError(f"styles must have different names; got {', '.join(self.styles)}")
        if not 0 <= self.default_style < len(self.styles):
            raise OptionError(
                f"the default style must be one of {len(self.styles)}; got {self.default_style}"
            )

    @property
    def hop_samples(self) -> int:
        """Samples that one graph call takes."""
        return self.samples(self.hop)

    @property
    def window_samples(self) -> int:
        """Samples that the network sees at once."""
        return self.samples(self.window)

    def samples(self, frames: int) -> int:
        """Samples in the first ``frames`` frames, rounded down (exact for multiples of 3)."""
        return frames * self.sample_rate // self.fps

    def to_metadata(self) -> dict[str, str]:
        """The ``metadata_props`` that say this spec."""
        facts: dict[str, Any] = {"schema": SCHEMA}
        facts |= {field.name: getattr(self, field.name) for field in fields(self)}
        return {PREFIX + name: json.dumps(value) for name, value in facts.items()}

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str], source: str) -> Self:
        """Reads the spec of the file called ``source``; raises :class:`ModelError`."""
        if PREFIX + "schema" not in metadata:
            raise ModelError(
                f"{source} is an ONNX file, but not an a2e model: it has no a2e metadata. "
                "Make one from a LAM checkpoint with `a2e-export convert`"
            )
        try:
            facts = {
                name.removeprefix(PREFIX): json.loads(value)
                for name, value in metadata.items()
                if name.startswith(PREFIX)
            }
            schema = facts.pop("schema")
            if schema > SCHEMA:
                raise ModelError(
                    f"{source} has model schema {schema}; this a2e reads up to {SCHEMA}. "
                    "Update a2e, or convert the checkpoint again with this version"
                )
            facts["styles"] = tuple(facts["styles"])
            facts["shapes"] = tuple(facts["shapes"])
            return cls(**facts)
        except (KeyError, TypeError, json.JSONDecodeError, OptionError) as error:
            raise ModelError(
                f"{source} has damaged a2e metadata ({error}); convert the checkpoint again"
            ) from error
