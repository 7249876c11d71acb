"""Every abuse of ``tests/harness/faults``, against a real process, with a client beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.harness.faults import ABUSES, Victim, commit, victim
from tests.harness.faults.harm import MOST_MEMORY_MB

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def suffering() -> Iterator[Victim]:
    with victim() as service:
        yield service


@pytest.mark.parametrize("name", ABUSES)
def test_harms_nobody(suffering: Victim, name: str) -> None:
    """Times are the benchmark's to judge (``python -m benchmarks faults``)."""
    assert asyncio.run(commit(suffering, name)).memory_mb <= MOST_MEMORY_MB
