"""Rows of drift as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from a2e.files import whole_file
from a2e_export.drift.measurement import Drift


def table(rows: Sequence[Drift]) -> str:
    """The rows as text."""
    head = f"{'':30}{'same setting':>27}{'full right context':>30}"
    names = f"{'kind':11}{'hop':>5}{'lookahead':>11}{'':3}"
    names += f"{'mean':>10}{'jaw':>9}{'lips':>9}" * 2
    lines = [
        f"{row.kind:11}{row.hop:5}{row.lookahead:11}{'':3}"
        + "".join(f"{d.mean:10.4f}{d.jaw:9.3f}{d.lips:9.3f}" for d in (row.same, row.full))
        for row in rows
    ]
    return "\n".join([head, names, *lines])


def save_json(rows: Sequence[Drift], path: str | Path) -> None:
    """Writes the rows as a JSON list; raises :class:`a2e.OptionError` where it can't."""
    with whole_file(path) as file:
        file.write(json.dumps([asdict(row) for row in rows], indent=1).encode())
