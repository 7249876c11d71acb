"""Speech in, a moving face out: 52 ARKit weights at 30 frames a second, live, without PyTorch."""

from __future__ import annotations

from importlib.metadata import version

from a2e.clip import Clip
from a2e.errors import (
    A2EError,
    AudioError,
    AudioTypeError,
    ModelError,
    OptionError,
    ProviderError,
    StreamClosedError,
)
from a2e.model import Model, load
from a2e.post import Controls, Live, Upstream
from a2e.stream import Stream

__version__ = version("a2e")

__all__ = [
    "A2EError",
    "AudioError",
    "AudioTypeError",
    "Clip",
    "Controls",
    "Live",
    "Model",
    "ModelError",
    "OptionError",
    "ProviderError",
    "Stream",
    "StreamClosedError",
    "Upstream",
    "load",
]
