"""Memory of a live process: one stream, many streams, and whether it grows over hours.

    python -m benchmarks memory [--models lam bundled] [--streams 1 2 8 32] [--hours 1]

A fresh process for every variant opens ever more streams and pushes hops through each; MB (of
1,000,000 bytes) resident and anonymous after each number of streams, and the peak so far. With
``--hours`` the process then goes on with the last number of streams as fast as it can, and is
looked at every minute.
"""

from __future__ import annotations

import argparse
import time

from benchmarks.harness.command import count, options, positive, run
from benchmarks.harness.launch import Worker
from benchmarks.harness.models import A2E, EAGER, NAIVE, PRECISIONS, Variant, ready, shipped
from benchmarks.harness.rows import Samples, write_row

HOPS = 5
"""Pushes to each stream before memory is read: enough for every buffer to have its size."""
LOOK_SECONDS = 60.0


def variants(model: str) -> list[Variant]:
    """The variants that people run live, and upstream's."""
    if model == "bundled":
        return [shipped(), *(shipped(precision=p) for p in PRECISIONS if p != shipped().precision)]
    choices = [Variant(model, A2E, "cached", 3, 6, precision) for precision in PRECISIONS]
    choices += [Variant(model, A2E, "recompute", 30, 0, precision) for precision in PRECISIONS[:2]]
    return [*choices, Variant(model, NAIVE), Variant(model, EAGER)]


def work(arguments: argparse.Namespace) -> None:
    print(f"{'':36}{'streams':>8}{'RSS':>9}{'anon':>9}{'peak':>9}{'peak anon':>10}{'each':>8}  MB")
    for variant in ready(variant for model in arguments.models for variant in variants(model)):
        with Worker(variant, watched=True) as worker:
            measure(worker, sorted(arguments.streams))
            if arguments.hours and variant.engine == A2E:
                endure(worker, max(arguments.streams), arguments.hours * 3600)


def measure(worker: Worker, numbers: list[int]) -> None:
    """A row for each number of streams; engines without streams have one hop after another."""
    if worker.variant.engine != A2E:
        worker.ask("steps", least=HOPS)
        write(worker, 1, worker.memory(), None)
        return
    first: dict[str, float] | None = None
    for streams in numbers:
        worker.ask("talk", streams=streams, hops=HOPS)
        memory = worker.memory()
        each = None
        if first and streams > numbers[0]:
            each = (memory["rss"] - first["rss"]) / (streams - numbers[0])
        first = first or memory
        write(worker, streams, memory, each)


def write(worker: Worker, streams: int, memory: dict[str, float], each: float | None) -> None:
    row = worker.variant.row(
        "memory",
        cores=worker.cores,
        streams=streams,
        memory_mb=memory,
        load_s=worker.load_s,
        first_frames_s=worker.first_frames_s,
    )
    if each is not None:
        row.facts["mb_each_further_stream"] = round(each, 2)
    write_row(row)
    print(
        f"{worker.variant!s:36}{streams:8}{memory['rss']:9.1f}{memory['anonymous']:9.1f}"
        f"{memory['peak_rss']:9.1f}{memory['peak_anonymous']:10.1f}"
        + ("" if each is None else f"{each:8.2f}"),
        flush=True,
    )


def endure(worker: Worker, streams: int, seconds: float) -> None:
    """Talks for ``seconds``; the row has the memory at every look."""
    begun, looks, times = time.monotonic(), [], list[float]()
    while (passed := time.monotonic() - begun) < seconds:
        until = time.monotonic() + min(LOOK_SECONDS, seconds - passed)
        while time.monotonic() < until:
            times += worker.ask("talk", streams=streams, hops=HOPS)
        memory = worker.memory()
        looks.append({"minutes": round((time.monotonic() - begun) / 60, 2), **memory})
        print(f"{'':36}{looks[-1]['minutes']:7.1f}m{memory['rss']:9.1f}{memory['anonymous']:9.1f}")
    row = worker.variant.row(
        "memory",
        cores=worker.cores,
        streams=streams,
        memory_mb=worker.memory(),
        time_ms=Samples.of(times),
        facts={
            "hours": round(seconds / 3600, 3),
            "hours_of_voice": round(len(times) * worker.variant.hop / 30 / 3600, 2),
            "looks": looks,
            "grown_mb": round(looks[-1]["anonymous"] - looks[0]["anonymous"], 2),
        },
    )
    write_row(row)


def main() -> None:
    parser = options(__doc__, models=("lam", "bundled"))
    parser.add_argument("--streams", type=count, nargs="+", default=[1, 2, 8, 32])
    parser.add_argument("--hours", type=positive, help="go on for so long (default: not at all)")
    run(work, parser)


if __name__ == "__main__":
    main()
