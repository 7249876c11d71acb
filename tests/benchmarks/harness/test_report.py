"""Documents hold what the rows say."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.harness.report import DOCS, fill
from benchmarks.harness.rows import ROOT
from benchmarks.harness.system import BenchmarkError
from benchmarks.harness.tables import TABLES, table

DOCUMENTS = (ROOT / "README.md", *sorted(DOCS.glob("*.md")))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_tables_are_as_new_as_their_rows(document: Path) -> None:
    told = document.read_text()
    assert fill(told) == told, "run `python -m benchmarks report`"


@pytest.mark.parametrize("name", TABLES)
def test_every_table_can_be_made(name: str) -> None:
    assert TABLES[name]().startswith(("|", "*Not measured yet.*"))


def test_a_table() -> None:
    assert table(["", "a"], [["x", 1]]) == "|  | a |\n| --- | ---: |\n| x | 1 |"


def test_only_what_is_marked_is_replaced() -> None:
    text = "a\n<!-- table peak -->\nold\n<!-- end -->\nb"
    filled = fill(text)
    assert filled.startswith("a\n<!-- table peak -->\n|")
    assert filled.endswith("\n<!-- end -->\nb")
    assert fill(filled) == filled


def test_an_unknown_table_is_refused() -> None:
    with pytest.raises(BenchmarkError, match="there is no table 'nothing'"):
        fill("<!-- table nothing -->\n<!-- end -->")
