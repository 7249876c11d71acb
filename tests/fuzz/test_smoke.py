"""A few cases of every target, the same each time, in a child process as in a long search."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.hunt import Hunt
from tests.fuzz.targets import TARGETS

pytestmark = pytest.mark.slow
SECONDS = 60
"""Enough on a busy machine; the seeds end it earlier."""
SEEDS = {"audio": 150, "models": 40, "checkpoints": 30}
PROPERTY_SEEDS = 2
"""Of targets whose seeds make many cases."""


@pytest.mark.parametrize("name", TARGETS)
def test_reads_or_refuses(name: str, tmp_path: Path) -> None:
    hunt = Hunt(TARGETS[name], tmp_path)
    hunt.run(SECONDS, SEEDS.get(name, PROPERTY_SEEDS))
    assert hunt.cases > 0
    assert not hunt.findings, {key: finding for key, (finding, _) in hunt.findings.items()}
