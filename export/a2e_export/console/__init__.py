"""The ``a2e-export`` command: parses and prints; the library works."""

from __future__ import annotations

from a2e_export.console.app import main

__all__ = ["main"]
