"""Cost of a hop of one stream: PyTorch eager, a naive export, and every kind of graph.

    python -m benchmarks latency [--models lam bundled] [--threads 1 2] [--hops 3 9 30]

All variants of a hop are loaded side by side, each in a process of its own, and take turns on the
same cores, round by round, so that all see the same machine; the others sleep meanwhile. Each row
tells the hop's times, how many times as fast as eager and as the naive export that is, the share of
the machine's limit (`harness.peak`, same run), memory, load time and time to first frames.
Resampling and post-processing are left out here; `live` has them.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from statistics import median

from benchmarks.harness.command import count, options, positive, run
from benchmarks.harness.launch import Worker, warm
from benchmarks.harness.models import A2E, EAGER, NAIVE, PRECISIONS, Variant, ready, work_of
from benchmarks.harness.neighbours import Neighbours
from benchmarks.harness.peak import Peak, peak_of
from benchmarks.harness.rows import Row, Samples, write_row

HOPS = (3, 9, 30)
SHAPES = (("recompute", 0), ("hybrid", 0), ("hybrid", 6), ("cached", 0), ("cached", 6))
"""Kind and lookahead; ``recompute`` costs the same at any lookahead."""
PAUSE_SECONDS = 0.02
"""Threads of PyTorch and of default sessions go on spinning a while after their work is done."""


def grid(
    model: str, hops: Iterable[int] = HOPS, precisions: Sequence[str] = PRECISIONS
) -> list[Variant]:
    """The variants compared; float16 only stores weights smaller, so one setting shows its cost."""
    variants = []
    for hop in hops:
        variants += [Variant(model, engine, hop=hop) for engine in (EAGER, NAIVE)]
        for precision in precisions:
            variants += [
                Variant(model, A2E, kind, hop, lookahead, precision)
                for kind, lookahead in SHAPES
                if wanted(kind, hop, lookahead, precision)
            ]
    return variants


def wanted(kind: str, hop: int, lookahead: int, precision: str) -> bool:
    return (
        precision == "float32"
        or (precision == "int8" and (kind == "cached" or (kind, hop) == ("recompute", 30)))
        or (kind, hop, lookahead) == ("cached", 3, 6)
    )


def work(arguments: argparse.Namespace) -> None:
    variants = [
        variant
        for name in arguments.models
        for variant in grid(name, arguments.hops, arguments.precisions)
    ]
    variants = ready(variants)
    for variant in variants:
        work_of(variant)  # counted before anything is timed
    print(HEAD)
    for threads in arguments.threads:
        for model in arguments.models:
            for hop in arguments.hops:
                group = [v for v in variants if (v.model, v.hop) == (model, hop)]
                group = [replace(v, threads=threads) for v in group]
                if group:
                    compare(group, arguments)


def compare(group: Sequence[Variant], arguments: argparse.Namespace) -> None:
    """Measures variants of one model, hop and number of threads; writes a row for each."""
    peak = peak_of(group[0].threads)
    for variant in group:
        warm(variant)
    with ExitStack() as stack:
        workers = [stack.enter_context(Worker(variant, watched=True)) for variant in group]
        for worker in workers:
            if worker.watch:
                worker.watch.stop()
        times: dict[Variant, list[float]] = {variant: [] for variant in group}
        with Neighbours() as neighbours:
            for worker in workers * arguments.rounds:
                times[worker.variant] += worker.ask(
                    "steps", least=arguments.least, seconds=arguments.seconds, pause=PAUSE_SECONDS
                )
        references = {v.engine: median(times[v]) for v in group if v.engine != A2E}
        peak = peak.or_better(peak_of(group[0].threads))
        for worker in workers:
            row = described(worker, times[worker.variant], references, peak)
            row.others_cores = neighbours.cores
            write_row(row)
            show(worker, row)


def described(worker: Worker, times: list[float], references: dict[str, float], peak: Peak) -> Row:
    """The row of a variant."""
    variant, samples = worker.variant, Samples.of(times)
    gmac, read_mb = work_of(variant)
    limit = peak.limit_ms(gmac, read_mb, int8=variant.precision == "int8")
    gflops = 2 * gmac / samples.p50 * 1e3
    facts = {
        "gmac": round(gmac, 5),
        "weights_mb": round(read_mb, 1),
        "gflops": round(gflops, 1),
        "of_sgemm_peak": round(gflops / peak.sgemm_gflops, 3),
        "of_limit": round(limit / samples.p50, 3),
        "peak": {name: getattr(peak, name) for name in ("sgemm_gflops", "int8_gops", "read_gbs")},
    }
    facts |= {
        f"times_{engine.split()[-1]}": round(p50 / samples.p50, 3)
        for engine, p50 in references.items()
    }
    return variant.row(
        "latency",
        cores=worker.cores,
        streams=1,
        time_ms=samples,
        real_time_factor=round(samples.p50 / variant.hop_ms, 5),
        memory_mb=worker.memory(),
        load_s=worker.load_s,
        first_frames_s=worker.first_frames_s,
        facts=facts,
    )


def show(worker: Worker, row: Row) -> None:
    samples, facts, memory = row.time_ms, row.facts, row.memory_mb
    assert samples is not None
    assert memory is not None
    print(
        f"{worker.variant!s:36}{row.threads:3}{samples.p50:9.2f}{samples.p95:9.2f}"
        f"{samples.p99:9.2f}{row.real_time_factor:8.3f}{facts.get('times_eager', 0):8.2f}"
        f"{facts.get('times_onnx', 0):8.2f}{facts['of_sgemm_peak']:7.0%}{facts['of_limit']:7.0%}"
        f"{memory['rss']:8.0f}{row.load_s:7.2f}{row.first_frames_s:7.2f}",
        flush=True,
    )


HEAD = (
    f"{'':36}{'thr':>3}{'p50 ms':>9}{'p95':>9}{'p99':>9}{'RTF':>8}{'/eager':>8}{'/naive':>8}"
    f"{'sgemm':>7}{'limit':>7}{'MB':>8}{'load':>7}{'first':>7}"
)


def main() -> None:
    parser = options(__doc__, models=("lam", "bundled"))
    parser.add_argument("--threads", type=count, nargs="+", default=[1, 2])
    parser.add_argument("--hops", type=count, nargs="+", default=list(HOPS), help="frames")
    parser.add_argument("--precisions", nargs="+", choices=PRECISIONS, default=list(PRECISIONS))
    parser.add_argument("--rounds", type=count, default=5, help="turns of each variant (5)")
    parser.add_argument("--least", type=count, default=6, help="fewest hops a turn (6)")
    parser.add_argument(
        "--seconds", type=positive, default=0.3, help="a turn of quick hops lasts this long (0.3)"
    )
    run(work, parser)


if __name__ == "__main__":
    main()
