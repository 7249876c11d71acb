"""Misbehaviour of clients, and the service's documented answer."""

from __future__ import annotations

from tests.harness.faults import bad_models, bodies, crowds, live, renderers, rest
from tests.harness.faults.harm import ABUSES, Victim, commit, endure, victim
from tests.harness.faults.target import FAULTS, KEY, LIMITS, SECRET, Target

__all__ = [
    "ABUSES",
    "FAULTS",
    "KEY",
    "LIMITS",
    "SECRET",
    "Target",
    "Victim",
    "bad_models",
    "bodies",
    "commit",
    "crowds",
    "endure",
    "live",
    "renderers",
    "rest",
    "victim",
]
