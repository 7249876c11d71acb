"""Voices that can talk at once: real time, frames within a hop of the words in 99 of 100 cases.

    python -m benchmarks live [--models lam bundled] [--cores 1 2] [--seconds 60]

N voices talk for ``--seconds``, each with its own phase, on 1 and on 2 cores (`harness.voices`
tells how). Short trials find about how many hold, then long ones decide: the most voices whose p99
latency is under a hop. A row for every long trial, held or not, with all latencies and how many
frames were late. ``threads`` is one process with a thread for each core; ``processes`` one process
for each core; ``batched`` computes all voices that are due in one call.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.harness.command import count, options, positive, run
from benchmarks.harness.launch import Worker
from benchmarks.harness.models import Variant, file_of, ready, shipped
from benchmarks.harness.neighbours import Neighbours
from benchmarks.harness.rows import ROOT, Samples, write_row
from benchmarks.harness.system import BenchmarkError, last_cores

MODES = ("threads", "processes", "batched")
SHORT_SECONDS = 4.0
MOST_VOICES = 2000
MOST_LONG = 8
"""Long trials after the first."""


@dataclass(frozen=True)
class Setting:
    """A variant, its cores, and the mode."""

    variant: Variant
    cores: int
    mode: str

    def __str__(self) -> str:
        cores = f"{self.cores} core{'s' if self.cores > 1 else ''}"
        return f"{self.variant!s:34} {cores:7} {self.mode:9}"


@dataclass(frozen=True)
class Trial:
    """The result of a trial."""

    voices: int
    latency: Samples
    late: int
    """Hops whose frames took longer than a hop."""
    core_share: float
    memory_mb: dict[str, float]
    held: bool
    others_cores: float


def variants(model: str) -> list[Variant]:
    if model == "bundled":
        return [shipped()]
    return [Variant(model, kind="cached", hop=3, precision=p) for p in ("float32", "int8")]


def work(arguments: argparse.Namespace) -> None:
    last_cores(max(arguments.cores))
    print(f"{'':52}{'voices':>7}{'p50 ms':>9}{'p95':>8}{'p99':>8}{'late':>7}{'cores':>7}{'MB':>7}")
    for variant in ready(item for model in arguments.models for item in variants(model)):
        if arguments.precisions and variant.precision not in arguments.precisions:
            continue
        for cores in arguments.cores:
            modes = [mode for mode in arguments.modes if cores > 1 or mode != "processes"]
            for mode in modes:
                find(Setting(variant, cores, mode), arguments.seconds)


def find(setting: Setting, seconds: float) -> None:
    """Finds the most voices that hold and writes the rows of the long trials: down from a number
    that does not hold, up from one that does."""
    voices = approach(setting, guess(setting))
    held = record(setting, trial(setting, voices, seconds)).held
    step = max(1, voices // 25) * (1 if held else -1)
    for _ in range(MOST_LONG):
        voices += step
        if not voices or record(setting, trial(setting, voices, seconds)).held != held:
            return


def guess(setting: Setting) -> int:
    """Voices that the cost of a push would allow."""
    with Worker(replace(setting.variant, threads=1)) as worker:
        spent = Samples.of(worker.ask("talk", streams=4, hops=10))
    return max(1, int(setting.cores * setting.variant.hop_ms / spent.p50 * 0.9))


def approach(setting: Setting, voices: int) -> int:
    """The most voices that short trials hold, to about 5 %."""
    if trial(setting, voices, SHORT_SECONDS).held:
        while voices < MOST_VOICES:
            more = voices + max(1, voices // 12)
            if not trial(setting, more, SHORT_SECONDS).held:
                return voices
            voices = more
        return voices
    while voices > 1:
        voices -= max(1, voices // 12)
        if trial(setting, voices, SHORT_SECONDS).held:
            break
    return voices


def trial(setting: Setting, voices: int, seconds: float) -> Trial:
    """Lets ``voices`` talk; ``processes`` shares them out, a process for each core."""
    cores = last_cores(setting.cores)
    places = [[core] for core in cores] if setting.mode == "processes" else [cores]
    shares = [voices // len(places) + (i < voices % len(places)) for i in range(len(places))]
    jobs: list[dict[str, object]] = [
        {
            "path": str(file_of(setting.variant)),
            "mode": "batched" if setting.mode == "batched" else "threads",
            "on_cores": place,
            "voices": share,
            "seconds": seconds,
        }
        for place, share in zip(places, shares, strict=True)
        if share
    ]
    with Neighbours() as neighbours:
        crew = [start(job) for job in jobs]
        answers = [finish(process) for process in crew]
    latencies = [ms for answer in answers for ms in answer["latencies_ms"]]
    samples = Samples.of(latencies)
    hopeless = any(answer["hopeless"] for answer in answers)
    memory = [answer["memory_mb"] for answer in answers]
    return Trial(
        voices=voices,
        latency=samples,
        late=sum(ms >= setting.variant.hop_ms for ms in latencies),
        core_share=round(sum(answer["core_share"] for answer in answers) / len(answers), 3),
        memory_mb={key: round(sum(item[key] for item in memory), 2) for key in memory[0]},
        held=samples.p99 < setting.variant.hop_ms and not hopeless,
        others_cores=neighbours.cores,
    )


def start(job: dict[str, object]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "benchmarks.harness.voices", json.dumps(job)]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finish(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, complaint = process.communicate()
    if process.returncode:
        raise BenchmarkError(f"a live trial failed: {complaint.strip().splitlines()[-1]}")
    answer: dict[str, Any] = json.loads(out)
    return answer


def record(setting: Setting, result: Trial) -> Trial:
    """Writes the row of a long trial and prints its line."""
    row = setting.variant.row(
        "live",
        cores=setting.cores,
        streams=result.voices,
        memory_mb=result.memory_mb,
        others_cores=result.others_cores,
        facts={
            "mode": setting.mode,
            "held": result.held,
            "latency_ms": vars(result.latency),
            "late": result.late,
            "core_share": result.core_share,
        },
    )
    write_row(row)
    latency = result.latency
    print(
        f"{setting}{result.voices:7}{latency.p50:9.1f}{latency.p95:8.1f}{latency.p99:8.1f}"
        f"{result.late:7}{result.core_share:7.0%}{result.memory_mb['rss']:7.0f}"
        + ("" if result.held else "  does not hold"),
        flush=True,
    )
    return result


def main() -> None:
    parser = options(__doc__, models=("lam", "bundled"))
    parser.add_argument("--cores", type=count, nargs="+", default=[1, 2])
    parser.add_argument("--modes", nargs="+", choices=MODES, default=list(MODES))
    parser.add_argument("--precisions", nargs="+", help="only these")
    parser.add_argument("--seconds", type=positive, default=60, help="of a long trial (60)")
    run(work, parser)


if __name__ == "__main__":
    main()
