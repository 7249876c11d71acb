"""From nothing to the first frames: fresh processes, files in the page cache.

    python -m benchmarks cold_start [--models lam bundled] [--runs 7]

Each variant starts ``--runs`` times, in turns: a process that imports a2e, loads the model, opens
a stream and pushes audio until frames come. Beside it the commands: ``a2e --help``, and ``a2e
stream`` from its start to its first line of NDJSON, given the hops that this needs.
"""

from __future__ import annotations

import argparse
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from statistics import median

from benchmarks.harness.command import count, options, run
from benchmarks.harness.launch import Worker, warm
from benchmarks.harness.models import A2E, Variant, file_of, ready
from benchmarks.harness.neighbours import Neighbours
from benchmarks.harness.rows import ROOT, Row, Samples, write_row
from benchmarks.harness.system import BenchmarkError
from benchmarks.suite.memory import variants
from tests.harness.server import COMMAND

RATE = 16_000
HELD_FRAMES = 2
"""Frames that the default post-processing holds back."""
STAGES = ("started_s", "imported_s", "loaded_s", "first_frames_s")


def work(arguments: argparse.Namespace) -> None:
    measurable = ready(variant for model in arguments.models for variant in variants(model))
    for variant in measurable:
        warm(variant)
    starts: dict[Variant, list[dict[str, float]]] = {variant: [] for variant in measurable}
    lines: dict[Variant, list[float]] = {variant: [] for variant in measurable}
    with Neighbours() as neighbours:
        for variant in measurable * arguments.runs:
            starts[variant].append(start(variant))
            if variant.engine == A2E:
                lines[variant].append(first_line(variant))
    show_help(arguments.runs)
    print(
        f"{'':36}{'python':>8}{'import':>8}{'load':>8}{'frames':>8}{'total':>8}{'a2e stream':>12}"
    )
    for variant in measurable:
        report(variant, starts[variant], lines[variant], neighbours.cores)


def start(variant: Variant) -> dict[str, float]:
    """Seconds since the start of the process at each of ``STAGES``."""
    with Worker(variant) as worker:
        return {stage: float(worker.start[stage]) for stage in STAGES}


def first_line(variant: Variant) -> float:
    """Seconds until ``a2e stream`` has written its first frame."""
    command = [*COMMAND, "stream", "--rate", str(RATE), "--model", str(file_of(variant))]
    command += ["--threads", str(variant.threads)]
    frames = ((variant.lookahead + HELD_FRAMES) // variant.hop + 1) * variant.hop
    begun = time.perf_counter()
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(BrokenPipeError):
            process.stdin.write(b"\0\1" * (frames * RATE // 30))
        seen = process.stdout.read(1)
        spent = time.perf_counter() - begun
        process.kill()
    if not seen:
        raise BenchmarkError(f"`a2e stream` gave no frame with {variant}")
    return spent


def show_help(runs: int) -> None:
    """The row of ``a2e --help``, which loads no model."""
    samples = []
    for _ in range(runs):
        begun = time.perf_counter()
        subprocess.run([*COMMAND, "--help"], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
        samples.append((time.perf_counter() - begun) * 1e3)
    write_row(Row("cold_start", engine="a2e --help", time_ms=Samples.of(samples)))
    print(f"a2e --help: {median(samples):.0f} ms")


def report(
    variant: Variant, starts: Sequence[dict[str, float]], lines: Sequence[float], others: float
) -> None:
    middle = {stage: round(median(times[stage] for times in starts), 4) for stage in STAGES}
    load = middle["loaded_s"] - middle["imported_s"]
    facts: dict[str, object] = {"stages_s": middle}
    if lines:
        facts["command_first_line_s"] = round(median(lines), 4)
        facts["command_raw_s"] = [round(seconds, 4) for seconds in lines]
    row = variant.row(
        "cold_start",
        streams=1,
        time_ms=Samples.of([times["first_frames_s"] * 1e3 for times in starts]),
        load_s=round(load, 4),
        first_frames_s=middle["first_frames_s"],
        others_cores=others,
        facts=facts,
    )
    write_row(row)
    command = f"{median(lines):12.2f}" if lines else ""
    print(
        f"{variant!s:36}{middle['started_s']:8.2f}"
        f"{middle['imported_s'] - middle['started_s']:8.2f}{load:8.2f}"
        f"{middle['first_frames_s'] - middle['loaded_s']:8.2f}{middle['first_frames_s']:8.2f}"
        + command,
        flush=True,
    )


def main() -> None:
    parser = options(__doc__, models=("lam", "bundled"))
    parser.add_argument("--runs", type=count, default=7, help="processes for each variant (7)")
    run(work, parser)


if __name__ == "__main__":
    main()
