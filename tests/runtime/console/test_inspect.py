"""``a2e inspect``."""

from __future__ import annotations

import pytest

import a2e
from a2e.console import main
from a2e.console.facts import describe


def test_inspect(model_path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", model_path]) == 0
    lines = capsys.readouterr().out.splitlines()
    facts = {line[:15].strip(): line[15:].strip() for line in lines}
    assert facts["kind"] == "recompute"
    assert facts["hop"] == "3 frames"
    assert facts["audio"] == "16000 Hz mono"
    assert "jawOpen" in facts["shapes"]


def test_it_says_that_an_older_file_has_no_checksums(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert ["checksums", "right"] in [line.split() for line in lines]
    model = a2e.load()
    model.graph.checked = False
    assert "none (metadata schema 1): damage to the file would go unnoticed" in describe(model)
