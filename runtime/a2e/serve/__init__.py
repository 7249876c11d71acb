"""An HTTP and WebSocket service on the runtime; needs the extra ``serve``."""

from __future__ import annotations

from a2e.serve.app import create_app
from a2e.serve.settings import Face, Limits, Settings

__all__ = ["Face", "Limits", "Settings", "create_app"]
