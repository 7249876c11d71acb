"""The drift table: its references are what they say."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from a2e_export.checkpoint import write_checkpoint
from a2e_export.cli import main
from a2e_export.drift import measure_drift
from a2e_export.drift.metrics import distance
from a2e_export.drift.reference import all_windows, from_windows
from a2e_export.drift.streams import animate
from a2e_export.random_checkpoint import SMALL, random_network
from a2e_export.settings import Settings

NETWORK = random_network(replace(SMALL, conv_norm="layer"))


@pytest.mark.parametrize(("hop", "lookahead"), [(3, 0), (9, 6), (30, 3)])
def test_windows_hold_every_recompute_setting(speech, hop: int, lookahead: int) -> None:
    style = torch.eye(12)[:1]
    audio = speech[:64_000]
    windows = all_windows(NETWORK, audio, style, 64)
    found = from_windows(windows, hop, lookahead)
    expected = animate(NETWORK, audio, style, Settings(hop=hop, lookahead=lookahead))
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_rows(speech) -> None:
    rows = measure_drift(NETWORK, speech, hops=(3, 30), lookaheads=(0, 9))
    by = {(row.kind, row.hop, row.lookahead): row for row in rows}
    assert len(by) == 3 * 2 * 2
    assert all(row.same.worst == 0 for key, row in by.items() if key[0] == "recompute")
    assert all(row.same.worst < 1e-5 for key, row in by.items() if key[0] == "hybrid")
    assert by["cached", 3, 0].same.mean > 1e-4
    assert by["recompute", 30, 9].full.mean < by["recompute", 3, 0].full.mean


def test_distance() -> None:
    rng = np.random.default_rng(0)
    one = rng.random((100, 52)).astype(np.float32)
    same = distance(one, one)
    assert (same.mean, same.worst, same.jaw, same.lips) == pytest.approx((0, 0, 1, 1))
    other = distance(one * 0.5, one)
    assert other.jaw == pytest.approx(1)
    assert other.mean == pytest.approx(0.25, abs=0.02)


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
    assert main(["verify", "--checkpoint", "x"]) == 1
    assert "give the model file to verify, or --drift" in capsys.readouterr().err
