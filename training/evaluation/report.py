"""Results as JSON and as Markdown."""

from __future__ import annotations

from typing import Any

Results = dict[str, Any]


def tidy(value: Any) -> Any:
    """For JSON, which has no NaN."""
    if isinstance(value, dict):
        return {key: tidy(inner) for key, inner in value.items()}
    return None if isinstance(value, float) and value != value else value


def tables(results: Results) -> str:
    """The results as Markdown."""
    parts = ["## Held-out synthetic speech", table(results["synthetic"])]
    parts += ["## Styles", table(results["styles"])]
    if results["real"]["clips"]:
        everything = results["real"]["clips"] | {"all": results["real"]["all"]}
        parts += ["## Real speech", table(everything)]
        rests = {name: row["rest"] for name, row in everything.items() if row["rest"]}
        parts += ["## Rest in the pauses of real speech", table(rests)]
    parts += ["## Rest in noise", table(results["noise"])]
    if results.get("streaming"):
        rows = {k: {"mean absolute difference": v} for k, v in results["streaming"].items()}
        parts += ["## Sliding windows against the whole clip", table(rows)]
    return "\n\n".join(parts)


def table(rows: dict[str, Results]) -> str:
    """A Markdown table of {row: {column: number}}."""
    heads = [k for k, v in next(iter(rows.values())).items() if not isinstance(v, dict)]
    lines = ["| | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
    lines += [
        f"| {name} | " + " | ".join(number(row.get(head)) for head in heads) + " |"
        for name, row in rows.items()
    ]
    return "\n".join(lines)


def number(value: float | int | None) -> str:
    """A table's cell; a dash stands for what could not be measured."""
    if value is None or value != value:
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.3f}"
