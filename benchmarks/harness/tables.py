"""Markdown tables from rows; of rows that measured the same, the newest speaks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from benchmarks.harness.rows import RESULTS, newest, read_rows

Measured = dict[str, Any]
"""A row as it was read."""
SUBJECT = ("model", "engine", "kind", "hop", "lookahead", "precision", "threads")
"""The fields that tell two measurements of a benchmark apart."""
ENVIRONMENT = ("installed_mb", "whole_environment_mb")
ORDER = ("torch eager", "naive onnx", "a2e", "recompute", "hybrid", "cached", "float32", "int8")


def table(head: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    """A Markdown table; numbers are aligned to the right."""
    body = [[str(cell) for cell in line] for line in lines]
    if not body:
        return "*Not measured yet.*"
    rule = ["---", *("---:" for _ in head[1:])]
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, rule, *body))


def origin(rows: Sequence[Measured]) -> str:
    """Where and with what rows were measured, a line."""
    if not rows:
        return ""
    last = max(rows, key=lambda row: str(row["run"]))
    at, commits = last["machine"], sorted({row["machine"]["commit"] for row in rows})
    return (
        f"\n\n{at['cpu']}, {at['cores']} cores, {', '.join(at['flags'][:4])}; "
        f"onnxruntime {at['versions'].get('onnxruntime')}, torch {at['versions'].get('torch')}; "
        f"commit {', '.join(commits)}; {last['run'][:10]}."
    )


def subject(row: Measured) -> str:
    """A table's name of what was measured."""
    if row["engine"] != "a2e":
        return {"torch eager": "PyTorch eager", "naive onnx": "naive ONNX export"}[row["engine"]]
    ahead = f", lookahead {row['lookahead']}" if row["lookahead"] else ""
    return f"`{row['kind']}` {row['precision']}{ahead}"


def place(row: Measured) -> tuple[int, ...]:
    """References first, then kinds, precisions and hops as they grow."""
    words = (row["engine"], row["kind"], row["precision"])
    return (
        row["hop"],
        *(ORDER.index(word) if word in ORDER else len(ORDER) for word in words),
        row["lookahead"],
    )


def rows_of(benchmark: str, *names: str, **wanted: object) -> list[Measured]:
    """The newest rows of a benchmark that have the ``wanted`` values, in a table's order."""
    rows = newest(read_rows(benchmark), *(names or SUBJECT)).values()
    kept = [row for row in rows if all(row.get(name) == value for name, value in wanted.items())]
    return sorted(kept, key=place)


def latency(model: str, threads: int) -> str:
    rows = rows_of("latency", model=model, threads=threads)
    head = ["", "hop, s", "p50, ms", "p99", "real time", "× eager", "× naive", "of the limit"]
    lines = []
    for row in rows:
        time, facts = row["time_ms"], row["facts"]
        cells = [subject(row), f"{row['hop'] / 30:.1f}", f"{time['p50']:.2f}", f"{time['p99']:.2f}"]
        cells += [f"{row['real_time_factor']:.3f}", f"{facts['times_eager']:.1f}"]
        lines.append([*cells, f"{facts['times_onnx']:.1f}", f"{facts['of_limit']:.0%}"])
    return table(head, lines) + origin(rows)


def live() -> str:
    """The most voices that held in each setting's newest run."""
    keys = ("model", "kind", "hop", "lookahead", "precision", "cores")
    runs: dict[tuple[Any, ...], Measured] = {}
    for row in read_rows("live"):
        key = (*(row[name] for name in keys), row["facts"]["mode"])
        best = runs.get(key)
        newer = best is None or row["run"] > best["run"]
        if row["facts"]["held"] and (newer or (best and row["streams"] > best["streams"])):
            runs[key] = row
    head = ["", "mode", "cores", "voices", "p50, ms", "p99", "late", "of the cores", "RSS, MB"]
    lines = []
    for row in runs.values():
        facts, latency = row["facts"], row["facts"]["latency_ms"]
        cells = [f"{row['model']}, {subject(row)}", facts["mode"], row["cores"], row["streams"]]
        cells += [f"{latency['p50']:.1f}", f"{latency['p99']:.1f}", facts["late"]]
        lines.append([*cells, f"{facts['core_share']:.0%}", f"{row['memory_mb']['rss']:.0f}"])
    return table(head, lines) + origin(list(runs.values()))


def serving() -> str:
    """Live WebSocket streams on a real server: latency, losses, what the server took."""
    rows = list(newest(read_rows("serving"), *SUBJECT, "streams").values())
    head = ["", "streams", "p50, ms", "p99", "max", "late", "lost", "cores", "RSS, MB"]
    lines = []
    for row in rows:
        time, facts = row["time_ms"], row["facts"]
        cells = [f"{row['model']}, {row['precision']}", row["streams"], f"{time['p50']:.1f}"]
        cells += [f"{time['p99']:.1f}", f"{max(time['raw']):.1f}", facts["late"], facts["lost"]]
        lines.append([*cells, f"{facts['server_cores']:.2f}", f"{row['memory_mb']['rss']:.0f}"])
    return table(head, lines) + origin(rows)


def soak() -> str:
    """The newest run of each length."""
    rows_read = ({**row, "minutes": row["facts"]["minutes"]} for row in read_rows("soak"))
    rows = list(newest(rows_read, "minutes", "streams").values())
    head = ["minutes", "voices", "others", "frames", "lost", "longest gap, ms"]
    head += ["RSS at first, at most, at last, MB", "descriptors at first, at most, at last"]
    lines = []
    for row in rows:
        facts, memory = row["facts"], row["memory_mb"]
        sizes = [f"{memory[name]:.0f}" for name in ("base_rss", "peak_rss", "rss")]
        descriptors = [look[-1] for look in facts["looks"]]
        counts = (descriptors[0], max(descriptors), descriptors[-1])
        cells = [facts["minutes"], row["streams"], facts["churn"], facts["frames"], facts["lost"]]
        cells += [facts["worst_gap_ms"], ", ".join(sizes), ", ".join(map(str, counts))]
        lines.append(cells)
    return table(head, lines) + origin(rows)


def memory() -> str:
    rows = rows_of("memory", *SUBJECT, "streams")
    rows = [row for row in rows if "looks" not in row.get("facts", {})]
    head = ["", "streams", "RSS, MB", "anonymous", "peak RSS", "each further stream", "file"]
    lines = []
    for row in sorted(rows, key=lambda row: (row["model"] != "lam", *place(row), row["streams"])):
        mb, each = row["memory_mb"], row.get("facts", {}).get("mb_each_further_stream")
        cells = [f"{row['model']}, {subject(row)}, hop {row['hop']}", row["streams"]]
        cells += [f"{mb[name]:.0f}" for name in ("rss", "anonymous", "peak_rss")]
        lines.append([*cells, "" if each is None else f"{each:.1f}", f"{row['file_mb']:.0f}"])
    return table(head, lines) + origin(rows)


def cold_start() -> str:
    rows = [row for row in rows_of_start() if row.get("model")]
    head = ["", "import, s", "load", "first frames", "`a2e stream`: first line"]
    lines = []
    for row in rows:
        facts, stages = row["facts"], row["facts"]["stages_s"]
        command = facts.get("command_first_line_s")
        cells = [f"{row['model']}, {subject(row)}, hop {row['hop']}", f"{stages['imported_s']:.2f}"]
        cells += [f"{row['load_s']:.2f}", f"{row['first_frames_s']:.2f}"]
        lines.append([*cells, f"{command:.2f}" if command else ""])
    return table(head, lines) + origin(rows)


def rows_of_start() -> list[Measured]:
    rows = newest(read_rows("cold_start"), *SUBJECT).values()
    models = [row for row in rows if row.get("model")]
    return sorted(models, key=lambda row: (row["model"] != "lam", place(row)))


def accuracy() -> str:
    rows_read = ({**row, "clip": row["facts"]["clip"]} for row in read_rows("accuracy"))
    rows = list(newest(rows_read, *SUBJECT, "clip").values())
    head = ["", "clip", "mean abs", "max abs", "lips", "lowest lip", "× float32", "file, MB"]
    lines = []
    for row in rows:
        facts = row["facts"]
        lowest = min(facts["lips"].values(), default=1.0)
        cells = [f"{row['model']}, {subject(row)}, hop {row['hop']}", facts["clip"]]
        cells += [f"{facts['mean_abs']:.4f}", f"{facts['max_abs']:.3f}"]
        cells += [f"{facts['lips_correlation']:.4f}", f"{lowest:.4f}"]
        lines.append([*cells, f"{facts['times_float32']:.2f}", f"{row['file_mb']:.1f}"])
    return table(head, lines) + origin(rows)


def schemes() -> str:
    """Ways to compute in 8 and 4 bits: fidelity on real and emulated processors, cost."""
    rows_read = (
        {**row, "scheme": row["facts"]["scheme"], "processor": row["facts"]["processor"]}
        for row in read_rows("schemes")
    )
    newest_rows = newest(rows_read, "scheme", "model", "processor")
    processors = sorted(
        {key[2] for key in newest_rows if key[1] == "bundled"}, key="this one".__ne__
    )
    head = ["", *(f"{what}, {p}" for p in processors for what in ("mean abs", "max abs"))]
    lines = []
    for scheme in dict.fromkeys(key[0] for key in newest_rows):
        cells: list[object] = [scheme]
        for processor in processors:
            row = newest_rows.get((scheme, "bundled", processor))
            cells += [f"{row['facts'][n]:.4f}" if row else "" for n in ("mean_abs", "max_abs")]
        row = newest_rows.get((scheme, "lam", "this one"))
        cells += [f"{row['time_ms']['p50']:.1f}", f"{row['file_mb']:.0f}"] if row else ["", ""]
        lines.append(cells)
    return table([*head, "LAM size, ms", "MB"], lines) + origin(list(newest_rows.values()))


def scaling(of: str) -> str:
    rows = [
        {**row, "n": row["facts"]["n"]} for row in read_rows("scaling") if row["facts"]["of"] == of
    ]
    newest_rows = newest(rows, "model", "kind", "hop", "lookahead", "precision", "n")
    names = sorted({key[-1] for key in newest_rows})
    kinds = list(dict.fromkeys(key[:-1] for key in newest_rows))
    lines = []
    for kind in kinds:
        some = next(row for key, row in newest_rows.items() if key[:-1] == kind)
        costs = [newest_rows.get((*kind, n)) for n in names]
        cells = [f"{row['time_ms']['p50']:.1f}" if row else "" for row in costs]
        lines.append([f"{some['model']}, {subject(some)}, hop {some['hop']}", *cells])
    return table(["ms", *map(str, names)], lines) + origin(list(newest_rows.values()))


def peak() -> str:
    rows = list(newest(read_rows("peak"), "cores").values())
    head = ["cores", "sgemm, GFLOP/s", "int8, GOP/s", "reading, GB/s"]
    names = ("cores", "sgemm_gflops", "int8_gops", "read_gbs")
    return table(head, [[row["facts"][name] for name in names] for row in rows]) + origin(rows)


def resampling() -> str:
    rows_read = (row for row in read_rows("resampling") if "facts" in row)
    rows = newest(({**row, **row["facts"]} for row in rows_read), "rate")
    head = ["rate, Hz", "delay, ms", "ms for each 100 ms", "folded, dB", "ripple, dB", "images, dB"]
    lines = []
    for key, row in rows.items():
        quality = [row.get(name) for name in ("folded_db", "ripple_db", "images_db")]
        cells = ["" if value is None else value for value in quality]
        lines.append([key[0], row["delay_ms"], f"{row['time_ms']['p50']:.3f}", *cells])
    return table(head, lines) + origin(list(rows.values()))


def environment() -> str:
    rows_read = ({**row, "extra": row["facts"]["extra"]} for row in read_rows("environment"))
    rows = list(newest(rows_read, "extra").values())
    lines = [
        [f"`a2e[{row['extra']}]`", *(row["facts"][name] for name in ENVIRONMENT)] for row in rows
    ]
    return table(["", "packages, MB", "whole environment, MB"], lines) + origin(rows)


def profile(kind: str, hop: int, precision: str, *, first: bool = False) -> str:
    """The operations of one of LAM size's graphs that take over 1 % of a hop, now or at first."""
    wanted = {"model": "lam", "kind": kind, "hop": hop, "precision": precision}
    rows = [row for row in read_rows("profile") if all(row.get(k) == v for k, v in wanted.items())]
    rows = rows[:1] if first else rows[-1:]
    head = ["operation", "a hop", "ms", "share"]
    lines = [
        [item["what"], item["count"], f"{item['ms']:.2f}", f"{item['share']:.1%}"]
        for row in rows
        for item in row["facts"]["operations"]
        if item["share"] > 0.01
    ]
    return table(head, lines) + origin(rows)


def costs() -> dict[tuple[str, str, int, int], float]:
    """Real-time factor on one thread, float32, by model, kind, hop and lookahead."""
    rows = rows_of("latency", threads=1, precision="float32", engine="a2e")
    return {(r["model"], r["kind"], r["hop"], r["lookahead"]): r["real_time_factor"] for r in rows}


def drift() -> list[Measured]:
    """The fidelity of each setting of the bundled model on a real voice."""
    settings: list[Measured] = json.loads((RESULTS / "drift-bundled-jfk.json").read_text())
    return settings


def frontier() -> str:
    """Fidelity beside cost; ``recompute`` costs the same at any lookahead."""
    cost_by_setting = costs()
    head = ["kind", "hop", "lookahead", "hop + lookahead, s", "jaw", "lips"]
    lines = []
    for row in drift():
        ahead = 0 if row["kind"] == "recompute" else row["lookahead"]
        factors = [
            cost_by_setting.get((m, row["kind"], row["hop"], ahead)) for m in ("lam", "bundled")
        ]
        seconds = (row["hop"] + row["lookahead"]) / 30
        cells = [row["kind"], row["hop"], row["lookahead"], f"{seconds:.1f}"]
        cells += [f"{row['full']['jaw']:.3f}", f"{row['full']['lips']:.3f}"]
        lines.append([*cells, *("" if factor is None else f"{factor:.3f}" for factor in factors)])
    return table([*head, "LAM size, real time", "bundled, real time"], lines)


TABLES: dict[str, Callable[[], str]] = {
    "latency lam 1": lambda: latency("lam", 1),
    "latency lam 2": lambda: latency("lam", 2),
    "latency bundled 1": lambda: latency("bundled", 1),
    "latency bundled 2": lambda: latency("bundled", 2),
    "live": live,
    "serving": serving,
    "soak": soak,
    "memory": memory,
    "cold start": cold_start,
    "accuracy": accuracy,
    "schemes": schemes,
    **{f"scaling {of}": partial(scaling, of) for of in ("clip", "streams", "batch", "threads")},
    "peak": peak,
    "resampling": resampling,
    "environment": environment,
    "profile cached before": lambda: profile("cached", 3, "float32", first=True),
    "profile cached": lambda: profile("cached", 3, "float32"),
    "profile cached int8": lambda: profile("cached", 3, "int8"),
    "profile recompute": lambda: profile("recompute", 30, "float32"),
    "frontier": frontier,
}
"""The tables between ``<!-- table NAME -->`` and ``<!-- end -->`` in the documents."""
