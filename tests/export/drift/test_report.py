"""Rows as text, JSON and a picture."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from a2e_export.drift import Drift, save_json, save_plot, table
from a2e_export.drift.measurement import HOPS, LOOKAHEADS
from a2e_export.drift.metrics import distance
from a2e_export.streaming import KINDS


@pytest.fixture(scope="module")
def rows() -> list[Drift]:
    frames = np.random.default_rng(0).random((30, 52)).astype(np.float32)
    near = distance(frames * 0.9, frames)
    return [
        Drift(kind, hop, lookahead, near, near)
        for kind in KINDS
        for hop in HOPS
        for lookahead in LOOKAHEADS
    ]


def test_the_table_has_a_line_a_row(rows: list[Drift]) -> None:
    lines = table(rows).splitlines()
    assert len(lines) == 2 + len(rows)
    assert lines[2].split()[:3] == ["recompute", "3", "0"]


def test_json_holds_the_rows(rows: list[Drift], tmp_path: Path) -> None:
    save_json(rows, tmp_path / "drift.json")
    first, *others = json.loads((tmp_path / "drift.json").read_text())
    assert len(others) + 1 == len(rows)
    assert set(first) == {"kind", "hop", "lookahead", "same", "full"}
    assert first["same"]["mean"] == rows[0].same.mean
    assert len(first["full"]["shapes"]) == 52


def test_the_picture_is_a_png(rows: list[Drift], tmp_path: Path) -> None:
    save_plot(rows, tmp_path / "drift.png")
    assert (tmp_path / "drift.png").read_bytes().startswith(b"\x89PNG")
