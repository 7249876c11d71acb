"""Growth of cost with the clip's length, streams, voices in one call, and threads.

    python -m benchmarks scaling [--models lam bundled]

``clip``: seconds to animate a clip, from samples at 24 kHz to frames. ``streams``: ms a hop while
so many streams take turns on one core. ``batch``: ms of a call for so many voices at once.
``threads``: ms a hop with so many threads. One process for each variant and number of threads, on
as many cores.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

from benchmarks.harness.command import count, options, positive, run
from benchmarks.harness.launch import Worker
from benchmarks.harness.models import Variant, ready, shipped
from benchmarks.harness.neighbours import Neighbours
from benchmarks.harness.rows import Samples, write_row
from benchmarks.harness.system import usable_cores

STREAMS = (1, 2, 4, 8, 16)
BATCHES = (1, 2, 4, 8, 16)
CLIP_SECONDS = (1, 10, 60, 300)
LEAST = 20


def variants(model: str) -> list[Variant]:
    if model == "bundled":
        return [shipped()]
    kinds = [Variant(model, kind="cached", hop=3), Variant(model, kind="recompute", hop=30)]
    return [replace(variant, precision=p) for variant in kinds for p in ("float32", "int8")]


def work(arguments: argparse.Namespace) -> None:
    print(f"{'':36}{'of':10}{'n':>6}{'p50 ms':>10}{'p99':>10}{'RTF':>9}")
    for variant in ready(variant for model in arguments.models for variant in variants(model)):
        with Neighbours(), Worker(variant) as worker:
            grow(worker, [s for s in CLIP_SECONDS if s <= arguments.longest])
        for threads in range(1, min(arguments.most_threads, len(usable_cores())) + 1):
            with Neighbours(), Worker(replace(variant, threads=threads)) as worker:
                times = worker.ask("steps", least=LEAST, seconds=0.5)
                write(worker, "threads", threads, times, variant.hop_ms)


def grow(worker: Worker, lengths: list[int]) -> None:
    """Rows of one process on one core."""
    hop_ms = worker.variant.hop_ms
    for seconds in lengths:
        spent = [worker.ask("animate", seconds=seconds) * 1e3 for _ in range(3)]
        write(worker, "clip", seconds, spent, seconds * 1e3)
    for streams in STREAMS:
        times = worker.ask("talk", streams=streams, hops=max(3, LEAST // streams))
        write(worker, "streams", streams, times, hop_ms)
    for batch in BATCHES:
        times = worker.ask("steps", least=LEAST // 2, seconds=0.5, batch=batch)
        write(worker, "batch", batch, times, hop_ms * batch)


def write(worker: Worker, of: str, n: int, times: list[float], speech_ms: float) -> None:
    """``speech_ms`` is the length of the speech that each of ``times`` stands for."""
    samples = Samples.of(times)
    row = worker.variant.row(
        "scaling",
        cores=worker.cores,
        streams=n if of == "streams" else 1,
        time_ms=samples,
        real_time_factor=round(samples.p50 / speech_ms, 5),
        facts={"of": of, "n": n},
    )
    write_row(row)
    print(
        f"{worker.variant!s:36}{of:10}{n:6}{samples.p50:10.2f}{samples.p99:10.2f}"
        f"{row.real_time_factor:9.4f}",
        flush=True,
    )


def main() -> None:
    parser = options(__doc__, models=("lam", "bundled"))
    parser.add_argument("--longest", type=positive, default=60, help="longest clip, s (60)")
    parser.add_argument("--most-threads", type=count, default=8)
    run(work, parser)


if __name__ == "__main__":
    main()
