"""Pictures from rows: cost by hop, voices at once, memory by streams, growth, the frontier."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.harness.rows import read_rows
from benchmarks.harness.tables import Measured, costs, drift, rows_of, subject

MARKERS = "osx^vD*P"


def latency() -> Figure | None:
    """Real-time factor over hop on one thread."""
    figure, panels = paper(2)
    for axes, model in zip(panels, ("lam", "bundled"), strict=True):
        rows = rows_of("latency", model=model, threads=1)
        lines(axes, rows, subject, lambda row: row["hop"] / 30, lambda r: r["real_time_factor"])
        axes.set(xlabel="hop, s", title=titled(model), xscale="log", yscale="log")
        axes.axhline(1, color="0.5", linewidth=0.8)
    panels[0].set(ylabel="real-time factor, one thread")
    return figure if any(axes.lines[:-1] for axes in panels) else None


def live() -> Figure | None:
    """p99 latency over voices, in units of the hop."""
    rows = list(read_rows("live"))
    models = [model for model in ("lam", "bundled") if any(r["model"] == model for r in rows)]
    figure, panels = paper(max(1, len(models)))
    for axes, model in zip(panels, models, strict=False):
        some = sorted((r for r in rows if r["model"] == model), key=lambda row: int(row["streams"]))
        lines(
            axes,
            [row for row in some if row["run"] == newest_run(some, row)],
            lambda row: f"{subject(row)}, {row['facts']['mode']}, {row['cores']} cores",
            lambda row: row["streams"],
            lambda row: row["facts"]["latency_ms"]["p99"] / (row["hop"] / 30 * 1e3),
        )
        axes.axhline(1, color="0.5", linewidth=0.8)
        axes.set(xlabel="voices at once", title=titled(model))
    panels[0].set(ylabel="p99 latency, hops")
    return figure if rows else None


def newest_run(rows: Iterable[Measured], row: Measured) -> str:
    """The last run that measured the same setting as ``row``."""
    return max(str(item["run"]) for item in rows if setting(item) == setting(row))


def setting(row: Measured) -> tuple[object, ...]:
    return row["kind"], row["precision"], row["lookahead"], row["cores"], row["facts"]["mode"]


def memory() -> Figure | None:
    """Resident memory over open streams."""
    rows = rows_of("memory", *("model", "engine", "kind", "hop", "precision", "streams"))
    rows = [row for row in rows if "looks" not in row.get("facts", {})]
    figure, (axes,) = paper(1)
    lines(
        axes,
        sorted(rows, key=lambda row: int(row["streams"])),
        lambda row: f"{row['model']} {subject(row)}",
        lambda row: row["streams"],
        lambda row: row["memory_mb"]["rss"],
    )
    axes.set(xlabel="open streams", ylabel="resident, MB", ylim=(0, None))
    return figure if rows else None


def scaling() -> Figure | None:
    """Cost over batch, streams, threads and clip length, in real-time factors."""
    rows = list(read_rows("scaling"))
    figure, panels = paper(4)
    for axes, of in zip(panels, ("batch", "streams", "threads", "clip"), strict=True):
        some = {}
        for row in rows:
            if row["facts"]["of"] == of:
                some[row["model"], subject(row), row["hop"], row["facts"]["n"]] = row
        lines(
            axes,
            some.values(),
            lambda row: f"{row['model']} {subject(row)}, hop {row['hop']}",
            lambda row: row["facts"]["n"],
            lambda row: row["real_time_factor"],
        )
        axes.set(xlabel=of, xscale="log", yscale="log")
    panels[0].set(ylabel="real-time factor of one voice")
    return figure if rows else None


def frontier() -> Figure | None:
    """Fidelity, and cost, over latency."""
    figure, (left, right) = paper(2)
    cost_by_setting = costs()
    for (kind, marker), rows in (
        (pair, [row for row in drift() if row["kind"] == pair[0]])
        for pair in (("recompute", "o"), ("hybrid", "s"), ("cached", "x"))
    ):
        latency = [(row["hop"] + row["lookahead"]) / 30 for row in rows]
        left.scatter(latency, [row["full"]["lips"] for row in rows], marker=marker, label=kind)
        points = [
            ((hop + lookahead) / 30, cost)
            for (model, its_kind, hop, lookahead), cost in cost_by_setting.items()
            if (model, its_kind) == ("lam", kind)
        ]
        right.scatter([x for x, _ in points], [y for _, y in points], marker=marker, label=kind)
    left.set(ylabel="lip correlation with full right context", title="bundled model")
    right.set(ylabel="real-time factor, one thread, float32", yscale="log", title="LAM size")
    right.axhline(1, color="0.5", linewidth=0.8)
    for axes in (left, right):
        axes.set(xlabel="hop + lookahead, s")
        axes.legend()
    return figure if cost_by_setting else None


def paper(panels: int) -> tuple[Figure, list[Axes]]:
    figure = Figure(figsize=(11 if panels < 4 else 16, 4.5), layout="constrained")
    axes: list[Axes] = list(figure.subplots(1, panels, squeeze=False)[0])
    for panel in axes:
        panel.grid(alpha=0.3)
    return figure, axes


def lines(
    axes: Axes,
    rows: Iterable[Measured],
    name: Callable[[Measured], str],
    x: Callable[[Measured], float],
    y: Callable[[Measured], float],
) -> None:
    """A line for each name, through its points in the rows' order."""
    points: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        points.setdefault(name(row), []).append((x(row), y(row)))
    for number, (label, line) in enumerate(points.items()):
        marker = MARKERS[number % len(MARKERS)]
        axes.plot(*zip(*sorted(line), strict=True), marker=marker, label=label)
    if points:
        axes.legend(fontsize="x-small")


def titled(model: str) -> str:
    return {"lam": "LAM size, random weights", "bundled": "bundled model"}[model]


PLOTS: dict[str, Callable[[], Figure | None]] = {
    "performance-latency.png": latency,
    "performance-live.png": live,
    "performance-memory.png": memory,
    "performance-scaling.png": scaling,
    "frontier.png": frontier,
}
"""Files under docs/, and what draws them; None where there are no rows yet."""
