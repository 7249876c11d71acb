"""Makes the documents' tables and pictures from the rows of ``results/``.

    python -m benchmarks report [--check] [--show NAME ...]

In README.md and docs/*.md everything between ``<!-- table NAME -->`` and ``<!-- end -->`` is
replaced by the table of that name, and the pictures under docs/ are drawn anew. ``--check`` writes
nothing and fails where a table is not what the rows say; ``--show`` prints tables.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from a2e.files import whole_file
from benchmarks.harness.command import options, run
from benchmarks.harness.plots import PLOTS
from benchmarks.harness.rows import ROOT
from benchmarks.harness.system import BenchmarkError
from benchmarks.harness.tables import TABLES

DOCS = ROOT / "docs"
BLOCK = re.compile(r"(<!-- table (?P<name>[^>]+?) -->\n).*?(<!-- end -->)", re.DOTALL)


def work(arguments: argparse.Namespace) -> None:
    if arguments.show is not None:
        for name in arguments.show or TABLES:
            print(f"{name}\n\n{table_named(name)}\n")
        return
    for document in (ROOT / "README.md", *sorted(DOCS.glob("*.md"))):
        text = document.read_text()
        filled = fill(text)
        if filled != text and arguments.check:
            raise BenchmarkError(
                f"{document.name} is older than its rows; run python -m benchmarks report"
            )
        if filled != text:
            document.write_text(filled)
            print(document.relative_to(ROOT))
    if not arguments.check:
        draw(DOCS)


def fill(text: str) -> str:
    """The text with the newest tables between its marks; raises :class:`BenchmarkError`."""
    return BLOCK.sub(lambda match: match[1] + table_named(match["name"]) + "\n" + match[3], text)


def table_named(name: str) -> str:
    if name not in TABLES:
        raise BenchmarkError(f"there is no table {name!r}; there are {', '.join(TABLES)}")
    return TABLES[name]()


def draw(folder: Path) -> None:
    """Draws every picture that has rows."""
    for name, plot in PLOTS.items():
        figure = plot()
        if figure is None:
            continue
        with whole_file(folder / name) as file:
            figure.savefig(file, format="png", dpi=90)
        print((folder / name).relative_to(ROOT))


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--show", nargs="*", metavar="NAME", help="all without a name")
    run(work, parser)


if __name__ == "__main__":
    main()
