"""Latency against fidelity against cost: joins drift and streaming rows into a table and a plot.

    python -m benchmarks.frontier drift.json

``drift.json`` comes from ``a2e-export verify --drift`` on the bundled model's checkpoint; costs are
the newest rows of ``results/streaming.jsonl``. Writes ``docs/frontier.png`` and prints Markdown.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from benchmarks.rows import RESULTS, ROOT

Key = tuple[str, str, int, int]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("drift", type=Path)
    arguments = parser.parse_args()
    drift = json.loads(arguments.drift.read_text())
    costs = newest_costs()
    print(
        "| kind | hop | lookahead | hop + lookahead, s | jaw | lips | LAM size, real time "
        "| bundled, real time |\n|---|---|---|---|---|---|---|---|"
    )
    for row in drift:
        cells = [cost_of(costs, model, row) for model in ("lam", "bundled")]
        seconds = (row["hop"] + row["lookahead"]) / 30
        print(
            f"| {row['kind']} | {row['hop']} | {row['lookahead']} | {seconds:.1f} "
            f"| {row['full']['jaw']:.3f} | {row['full']['lips']:.3f} "
            + "".join(f"| {'' if c is None else f'{c:.3f}'} " for c in cells)
            + "|"
        )
    plot(drift, costs, ROOT / "docs" / "frontier.png")


def newest_costs() -> dict[Key, float]:
    """Real-time factor by model, engine, hop and lookahead."""
    costs = {}
    for line in (RESULTS / "streaming.jsonl").read_text().splitlines():
        row = json.loads(line)
        engine = row["engine"].removeprefix("a2e ")
        costs[row["model"], engine, row["hop"], row["lookahead"]] = row["real_time_factor"]
    return costs


def cost_of(costs: dict[Key, float], model: str, row: dict[str, Any]) -> float | None:
    """The measured cost of a setting; ``recompute`` costs the same at any lookahead."""
    lookahead = 0 if row["kind"] == "recompute" else row["lookahead"]
    return costs.get((model, row["kind"], row["hop"], lookahead))


def plot(drift: list[dict[str, Any]], costs: dict[Key, float], path: Path) -> None:
    figure = Figure(figsize=(11, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    for kind, marker in (("recompute", "o"), ("hybrid", "s"), ("cached", "x")):
        rows = [row for row in drift if row["kind"] == kind]
        latency = [(row["hop"] + row["lookahead"]) / 30 for row in rows]
        left.scatter(latency, [row["full"]["lips"] for row in rows], marker=marker, label=kind)
        priced = [(c, row) for row in rows if (c := cost_of(costs, "lam", row)) is not None]
        at = [(row["hop"] + row["lookahead"]) / 30 for _, row in priced]
        right.scatter(at, [cost for cost, _ in priced], marker=marker, label=kind)
    left.set(ylabel="lip correlation with full right context", title="bundled model")
    right.set(ylabel="real-time factor, one thread", yscale="log", title="LAM size")
    right.axhline(1, color="0.5", linewidth=0.8)
    for axes in (left, right):
        axes.set(xlabel="hop + lookahead, s")
        axes.grid(alpha=0.3)
        axes.legend()
    figure.savefig(path, dpi=90)


if __name__ == "__main__":
    main()
