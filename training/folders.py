"""The folders that the commands write to; git ignores them."""

from __future__ import annotations

from pathlib import Path

CACHE = Path(__file__).parent / ".cache"
DATA = CACHE / "data"
RUN = CACHE / "run"
EVALUATION = CACHE / "evaluation"
