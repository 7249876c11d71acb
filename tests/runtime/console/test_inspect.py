"""``a2e inspect``."""

from __future__ import annotations

import pytest

from a2e.console import main


def test_inspect(model_path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", model_path]) == 0
    lines = capsys.readouterr().out.splitlines()
    facts = {line[:15].strip(): line[15:].strip() for line in lines}
    assert facts["kind"] == "recompute"
    assert facts["hop"] == "3 frames"
    assert facts["audio"] == "16000 Hz mono"
    assert "jawOpen" in facts["shapes"]
