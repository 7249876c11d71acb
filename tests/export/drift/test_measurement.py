"""The rows of drift, and the command that writes them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from a2e_export.checkpoint import write_checkpoint
from a2e_export.console import main
from a2e_export.drift import measure_drift
from a2e_export.random_checkpoint import SMALL, random_network

NETWORK = random_network(replace(SMALL, conv_norm="layer"))


def test_rows(speech) -> None:
    rows = measure_drift(NETWORK, speech, hops=(3, 30), lookaheads=(0, 9))
    by = {(row.kind, row.hop, row.lookahead): row for row in rows}
    assert len(by) == 3 * 2 * 2
    assert all(row.same.worst == 0 for key, row in by.items() if key[0] == "recompute")
    assert all(row.same.worst < 1e-5 for key, row in by.items() if key[0] == "hybrid")
    assert by["cached", 3, 0].same.mean > 1e-4
    assert by["recompute", 30, 9].full.mean < by["recompute", 3, 0].full.mean


def test_the_command_writes_rows_and_a_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint, config = write_checkpoint(
        NETWORK.state_dict(), NETWORK.arch, tmp_path / "model" / "face.pth"
    )
    arguments = ["verify", "--drift", str(tmp_path / "drift"), "--checkpoint", str(checkpoint)]
    assert main([*arguments, "--wav2vec2-config", str(config)]) == 0
    assert "full right context" in capsys.readouterr().out
    rows = json.loads((tmp_path / "drift.json").read_text())
    assert {row["kind"] for row in rows} == {"recompute", "hybrid", "cached"}
    assert (tmp_path / "drift.png").read_bytes().startswith(b"\x89PNG")


def test_verify_needs_a_file_or_drift(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--checkpoint", "x"]) == 2
    assert "give the model file to verify, or --drift" in capsys.readouterr().err
