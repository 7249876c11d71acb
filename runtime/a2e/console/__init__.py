"""The ``a2e`` command: parses and prints; the library works."""

from __future__ import annotations

from a2e.console.app import main

__all__ = ["main"]
