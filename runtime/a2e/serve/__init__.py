"""An HTTP and WebSocket service on the runtime; needs the extra ``serve``.

The app is loaded when it is first used: its settings are what ``a2e serve --help`` shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from a2e.serve.settings import Face, Limits, Settings

if TYPE_CHECKING:
    from a2e.serve.app import create_app

__all__ = ["Face", "Limits", "Settings", "create_app"]


def __getattr__(name: str) -> Any:
    if name == "create_app":
        from a2e.serve.app import create_app

        return create_app
    raise AttributeError(f"module 'a2e.serve' has no attribute {name!r}")
