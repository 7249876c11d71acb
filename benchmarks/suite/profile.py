"""Where a hop's time goes: ONNX Runtime's trace of a model file, by operation and by shape.

    python -m benchmarks profile MODEL.onnx [--threads 1] [--hops 30]
    python -m benchmarks profile --models lam

The trace itself costs a few microseconds a node, so the sum is a little more than a hop without it.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.harness.command import count, options, run
from benchmarks.harness.models import PRECISIONS, Variant, file_of, ready
from benchmarks.harness.rows import Row, write_row
from benchmarks.harness.system import BenchmarkError, last_cores, pin
from benchmarks.harness.trace import Call, trace

WARMUP = 3
SHOWN = 25
KINDS = (("cached", 3, 0), ("recompute", 30, 0))
Share = dict[str, Any]
"""``what``, ``count`` a hop, ``ms`` a hop, ``share`` of all nodes."""


def work(arguments: argparse.Namespace) -> None:
    pin(last_cores(arguments.threads))
    if arguments.model:
        if not arguments.model.is_file():
            raise BenchmarkError(f"there is no model file at {arguments.model}")
        report(arguments.model.name, arguments.model, Row("profile"), arguments)
        return
    for variant in ready(item for model in arguments.models for item in variants(model)):
        report(str(variant), file_of(variant), variant.row("profile"), arguments)


def variants(model: str) -> list[Variant]:
    return [
        Variant(model, kind=kind, hop=hop, lookahead=lookahead, precision=precision)
        for kind, hop, lookahead in KINDS
        for precision in PRECISIONS[:2]
    ]


def report(name: str, path: Path, row: Row, arguments: argparse.Namespace) -> None:
    """Traces the file, prints both tables, writes the row."""
    hops = trace(path, threads=arguments.threads, hops=arguments.hops, warmup=WARMUP)
    operations = shares(hops, lambda call: call.op)
    places = shares(hops, place)
    total = median(sum(call.ms for call in hop) for hop in hops)
    print(f"\n{name}, {arguments.threads} threads: {total:.2f} ms in {len(hops[0])} nodes a hop")
    show(operations)
    print()
    show(places[:SHOWN])
    row.threads = row.cores = arguments.threads
    row.facts = {"file": path.name, "nodes": len(hops[0]), "nodes_ms": round(total, 3)}
    row.facts |= {"operations": operations, "places": places[:SHOWN]}
    write_row(row)


def place(call: Call) -> str:
    """An operation with its shapes: nodes that do the same work in every layer share one."""
    inputs = ", ".join("x".join(map(str, shape)) or "1" for shape in call.inputs[:2])
    return f"{call.op} ({inputs}) -> {'x'.join(map(str, call.output)) or '1'}"


def shares(hops: Sequence[Sequence[Call]], key: Callable[[Call], str]) -> list[Share]:
    """Medians over hops, the costliest first."""
    sums = [sum_by(hop, key) for hop in hops]
    counts = {what: len(times) for what, times in grouped(hops[0], key).items()}
    middle = {what: median(item.get(what, 0.0) for item in sums) for what in counts}
    total = sum(middle.values()) or 1.0
    rows = [
        {"what": what, "count": counts[what], "ms": round(ms, 4), "share": round(ms / total, 4)}
        for what, ms in middle.items()
    ]
    return sorted(rows, key=lambda item: -float(item["ms"]))


def sum_by(hop: Iterable[Call], key: Callable[[Call], str]) -> dict[str, float]:
    return {what: sum(times) for what, times in grouped(hop, key).items()}


def grouped(hop: Iterable[Call], key: Callable[[Call], str]) -> dict[str, list[float]]:
    times: defaultdict[str, list[float]] = defaultdict(list)
    for call in hop:
        times[key(call)].append(call.ms)
    return times


def show(rows: Sequence[Share]) -> None:
    print(f"{'':68}{'count':>6}{'ms':>9}{'share':>8}")
    for item in rows:
        print(f"{item['what'][:67]:68}{item['count']:6}{item['ms']:9.3f}{item['share']:8.1%}")


def main() -> None:
    parser = options(__doc__, models=("lam",))
    parser.add_argument("model", type=Path, nargs="?", help="a file (default: the suite's own)")
    parser.add_argument("--threads", type=count, default=1)
    parser.add_argument("--hops", type=count, default=30)
    run(work, parser)


if __name__ == "__main__":
    main()
