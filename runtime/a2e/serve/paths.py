"""The service's own paths, beside those of the page's files."""

from __future__ import annotations

EXPRESSION = "/api/audio2expression"
HEALTH = "/health"
"""Whether the process lives; answered to everyone, always."""
READY = "/ready"
"""Whether it takes speech; answered to everyone, always."""
PROBES = (HEALTH, READY)
METRICS = "/metrics"
LIVE = "/ws/a2e"
MOTION = "/ws/lam_data_stream/"
"""Followed by a motion stream's id."""
DESCRIPTIONS = ("/docs", "/redoc", "/openapi.json")


def is_own(path: str) -> bool:
    """Whether a path is one of these."""
    return path in (EXPRESSION, *PROBES, METRICS, LIVE, *DESCRIPTIONS) or path.startswith(MOTION)
