"""Files that come with the package."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).parents[1]

SPEECH = Path(__file__).parent / "speech.flac"
"""A few seconds of synthetic speech (flite's voice slt), 16 kHz mono."""

MODEL = Path(__file__).parent / "model.onnx"
"""The bundled model (see docs/model-card.md)."""

LOW_LATENCY_MODEL = Path(__file__).parent / "model-low-latency.onnx"
"""The bundled model of ``low_latency``: the same network with less lookahead."""

VISEMES = Path(__file__).parent / "visemes.json"
"""Poses of visemes as ARKit weights (see docs/visemes.md)."""

PRESETS = Path(__file__).parent / "presets"
"""Presets of known rigs (see docs/knobs.md)."""


def find_web(package: Path = PACKAGE) -> Path:
    """The folder of the page's files: the installed package's own, or else the checkout's."""
    installed = package / "serve" / "web"
    return installed if installed.is_dir() else package.parents[1] / "web"
