"""Fills the tables of docs/service.md that the service's own facts make.

    python docs/service_tables.py

A region begins with ``<!-- generated NAME -->`` and ends with ``<!-- /generated -->``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any

from a2e.serve.metrics import Metrics
from a2e.serve.refusals import ENDINGS
from a2e.serve.settings import Limits, Settings

PAGE = Path(__file__).with_name("service.md")
REGION = re.compile(r"(<!-- generated (\w+) -->\n).*?(<!-- /generated -->)", re.DOTALL)


def main() -> None:
    PAGE.write_text(filled(PAGE.read_text()))


def filled(page: str) -> str:
    """The page with its regions as they should be; raises ``KeyError`` for an unknown name."""
    return REGION.sub(lambda region: region[1] + TABLES[region[2]]() + region[3], page)


def options(settings: type[Settings] | type[Limits]) -> str:
    """Each option with its default and its help text."""
    documented = [field for field in fields(settings) if "help" in field.metadata]
    rows = [(flag(field), default(field), field.metadata["help"]) for field in documented]
    return table(("option", "default", ""), rows)


def flag(field: Field[Any]) -> str:
    name: str = field.metadata.get("flag", "--" + field.name.replace("_", "-"))
    return f"`{name}`"


def default(field: Field[Any]) -> str:
    """The default in words, or as it is."""
    if "show_default" in field.metadata:
        return str(field.metadata["show_default"])
    assert field.default is not MISSING, f"{field.name} needs 'shown' in its metadata"
    return str(field.default)


def refusals() -> str:
    """Each code with the close code and the statuses that the client sees."""
    rows = [
        (
            f"`{code}`",
            str(end.close),
            str(end.status or ""),
            f"`{end.grpc}`" if end.grpc else "",
            end.cause,
            end.remedy,
        )
        for code, end in ENDINGS.items()
    ]
    return table(("code", "close", "HTTP", "gRPC", "when", "the client should"), rows)


def metrics() -> str:
    """Each metric with its kind, its labels and its help text."""
    lines = Metrics().text().decode().splitlines()
    helps = dict(line.split(" ", 3)[2:] for line in lines if line.startswith("# HELP"))
    kinds = dict(line.split(" ", 3)[2:] for line in lines if line.startswith("# TYPE"))
    labels = {"a2e_requests_total": "{status}", "a2e_errors_total": "{code}"}
    rows = [
        (f"`{name}{labels.get(name, '')}`", kinds[name], helps[name])
        for name in helps
        if not name.endswith("_created")
    ]
    return table(("name", "kind", ""), rows)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


TABLES: dict[str, Callable[[], str]] = {
    "options": lambda: options(Settings),
    "limits": lambda: options(Limits),
    "refusals": refusals,
    "metrics": metrics,
}

if __name__ == "__main__":
    main()
