"""Cases that were findings once: ``cases/TARGET/NAME``, as a search keeps them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.hunt import Hunt
from tests.fuzz.targets import TARGETS

CASES = Path(__file__).parent / "cases"
SECONDS = 120
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.iterdir() if path.is_dir()))
def test_stays_mended(name: str, tmp_path: Path) -> None:
    paths = sorted((CASES / name).iterdir())
    hunt = Hunt(TARGETS[name], tmp_path, kept=CASES / name)
    hunt.run(SECONDS, len(paths))
    assert hunt.next_seed == len(paths), "not all cases were read in time"
    findings = [(paths[finding.seed].name, finding) for finding, _ in hunt.findings.values()]
    assert not findings, findings


def test_every_folder_is_a_target() -> None:
    assert {path.name for path in CASES.iterdir() if path.is_dir()} <= set(TARGETS)
