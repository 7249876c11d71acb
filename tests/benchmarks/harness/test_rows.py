"""Rows describe themselves, and read back as they were written."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.harness import rows
from benchmarks.harness.rows import MOST_SAMPLES, Row, Samples, newest, read_rows, write_row


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(rows, "RESULTS", tmp_path)
    return tmp_path


def test_percentiles_are_of_all_samples() -> None:
    samples = Samples.of([float(i) for i in range(101)])
    assert (samples.count, samples.p50, samples.p95, samples.p99) == (101, 50, 95, 99)
    assert samples.raw == [float(i) for i in range(101)]


def test_many_samples_are_thinned_with_both_ends_kept() -> None:
    samples = Samples.of([float(i) for i in range(50_000)])
    assert samples.count == 50_000
    assert len(samples.raw) == MOST_SAMPLES
    assert (samples.raw[0], samples.raw[-1]) == (0, 49_999)


def test_a_row_says_where_it_was_measured_and_leaves_out_what_was_not(results: Path) -> None:
    write_row(Row("trial", model="lam", hop=3, time_ms=Samples.of([1.0, 2.0])))
    (row,) = read_rows("trial")
    assert row["time_ms"]["raw"] == [1, 2]
    assert "memory_mb" not in row
    assert {"commit", "cpu", "flags", "cores", "versions"} <= set(row["machine"])
    assert row["run"] == rows.RUN


def test_the_newest_row_speaks(results: Path) -> None:
    for hop, facts in ((3, {"n": 1}), (9, {"n": 2}), (3, {"n": 3})):
        write_row(Row("trial", hop=hop, facts=facts))
    found = newest(read_rows("trial"), "hop")
    assert {key[0]: row["facts"]["n"] for key, row in found.items()} == {3: 3, 9: 2}
    assert not list(read_rows("never measured"))
