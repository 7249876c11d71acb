"""The choices that make a model file, and the facts that it carries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

import a2e
from a2e.shapes import ARKIT
from a2e.spec import Spec
from a2e_export.errors import ArchitectureError
from a2e_export.network import FPS, SAMPLE_RATE, Architecture

TOOLS = ("torch", "onnx", "onnxruntime")


@dataclass(frozen=True)
class Settings:
    """The user's choices about a model file."""

    kind: str = "recompute"
    """Graph kind: the way context is carried (see ``a2e_export.streaming``)."""
    hop: int = 30
    """Frames that one graph call computes; a multiple of 3."""
    lookahead: int = 0
    """Frames held back so that each has that much audio to its right; a multiple of 3."""
    window: int = 64
    """Frames that the network sees at once."""
    style_names: Sequence[str] | None = None
    """Names of the styles; their indices by default."""
    default_style: int = 0
    precision: str = "float32"
    """Format that weights are stored and computed in (see ``a2e_export.precision``)."""


NO_FILE = "0" * 64
"""The SHA-256 of a network that was read from no checkpoint."""


def describe(arch: Architecture, settings: Settings, sha256: str = NO_FILE) -> Spec:
    """The facts of a file made from checkpoint ``sha256``; raises :class:`ArchitectureError`."""
    names = tuple(settings.style_names or map(str, range(arch.styles)))
    if len(names) != arch.styles:
        raise ArchitectureError(
            f"the checkpoint has {arch.styles} styles; got {len(names)} names: {', '.join(names)}"
        )
    if arch.shapes != len(ARKIT):
        raise ArchitectureError(
            f"the checkpoint gives {arch.shapes} weights a frame; ARKit has {len(ARKIT)} shapes"
        )
    return Spec(
        kind=settings.kind,
        sample_rate=SAMPLE_RATE,
        fps=FPS,
        hop=settings.hop,
        lookahead=settings.lookahead,
        window=settings.window,
        styles=names,
        default_style=settings.default_style,
        shapes=ARKIT,
        precision=settings.precision,
        source_sha256=sha256,
        tools={"a2e": a2e.__version__} | {tool: version(tool) for tool in TOOLS},
    )
