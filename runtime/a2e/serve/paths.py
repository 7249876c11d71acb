"""The service's own paths, beside those of the page's files."""

from __future__ import annotations

EXPRESSION = "/api/audio2expression"
HEALTH = "/health"
"""Answered to everyone, always."""
METRICS = "/metrics"
LIVE = "/ws/a2e"
MOTION = "/ws/lam_data_stream/"
"""Followed by a motion stream's id."""
DESCRIPTIONS = ("/docs", "/redoc", "/openapi.json")


def is_own(path: str) -> bool:
    """Whether a path is one of these."""
    return path in (EXPRESSION, HEALTH, METRICS, LIVE, *DESCRIPTIONS) or path.startswith(MOTION)
