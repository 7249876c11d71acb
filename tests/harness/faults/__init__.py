"""Misbehaviour of clients, and the service's documented answer."""

from __future__ import annotations

from tests.harness.faults import live, renderers, rest
from tests.harness.faults.target import FAULTS, KEY, LIMITS, SECRET, Target

__all__ = ["FAULTS", "KEY", "LIMITS", "SECRET", "Target", "live", "renderers", "rest"]
