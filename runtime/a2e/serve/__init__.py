"""An HTTP and WebSocket service on the runtime; needs the extra ``serve``.

Names are loaded when they are first used: settings can be read without the service's libraries.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from a2e.options import Face
    from a2e.serve.app import create_app
    from a2e.serve.settings import Limits, Settings

HOMES = {
    "Face": "a2e.options",
    "Limits": "a2e.serve.settings",
    "Settings": "a2e.serve.settings",
    "create_app": "a2e.serve.app",
}

__all__ = ["Face", "Limits", "Settings", "create_app"]


def __getattr__(name: str) -> Any:
    if name in HOMES:
        return globals().setdefault(name, getattr(import_module(HOMES[name]), name))
    raise AttributeError(f"module 'a2e.serve' has no attribute {name!r}")
