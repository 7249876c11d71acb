"""Speech in, a moving face out: 52 ARKit weights at 30 frames a second, live, without PyTorch.

Names are loaded when they are first used, so that ``a2e --help`` does not wait for numpy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from a2e.audio.decode import open_audio
    from a2e.clip import Clip
    from a2e.errors import (
        A2EError,
        AudioError,
        AudioTypeError,
        ModelError,
        OptionError,
        ProviderError,
        StreamBusyError,
        StreamClosedError,
    )
    from a2e.model import Model, load
    from a2e.post import Controls, Live, Upstream
    from a2e.stream import Stream

HOMES = {
    "a2e.audio.decode": ("open_audio",),
    "a2e.clip": ("Clip",),
    "a2e.errors": (
        "A2EError",
        "AudioError",
        "AudioTypeError",
        "ModelError",
        "OptionError",
        "ProviderError",
        "StreamBusyError",
        "StreamClosedError",
    ),
    "a2e.model": ("Model", "load"),
    "a2e.post": ("Controls", "Live", "Upstream"),
    "a2e.stream": ("Stream",),
}

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
    "StreamBusyError",
    "StreamClosedError",
    "Upstream",
    "load",
    "open_audio",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return _version()
    for module, names in HOMES.items():
        if name in names:
            return globals().setdefault(name, getattr(import_module(module), name))
    raise AttributeError(f"module 'a2e' has no attribute {name!r}")


def _version() -> str:
    """The installed version, or "unknown" without a package's metadata: in a zip, a frozen app."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("a2e")
    except PackageNotFoundError:
        return "unknown"


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
