"""One row format: a measurement that says by itself what was measured, where and with what.

Rows are lines of JSON in ``results/<benchmark>.jsonl``. What a benchmark did not measure is left
out. Times are in ms where the name says nothing else, sizes in MB of 1,000,000 bytes.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Self

import numpy as np

from benchmarks.harness.system import processor

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results"
PACKAGES = ("a2e", "numpy", "onnxruntime", "soxr", "torch", "transformers", "onnx")
CODE = ("runtime", "export", "web/runtime", "benchmarks/*.py", "constraints.txt", "pyproject.toml")
MOST_SAMPLES = 1000
RUN = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
"""When this process began: rows of one run share it, and only they are compared with each other."""


@dataclass(frozen=True)
class Samples:
    """Durations in ms, in the order of measuring. Where there are more than ``MOST_SAMPLES``, every
    n-th of the sorted ones is kept; the percentiles are always those of all."""

    count: int
    p50: float
    p95: float
    p99: float
    raw: list[float]

    @classmethod
    def of(cls, milliseconds: Sequence[float]) -> Self:
        if not milliseconds:
            raise ValueError("no samples")
        p50, p95, p99 = (round(float(p), 3) for p in np.percentile(milliseconds, (50, 95, 99)))
        kept = list(milliseconds)
        if len(kept) > MOST_SAMPLES:
            places = np.linspace(0, len(kept) - 1, MOST_SAMPLES).round().astype(int)
            kept = list(np.sort(milliseconds)[places])
        return cls(len(milliseconds), p50, p95, p99, [round(float(sample), 3) for sample in kept])


@dataclass
class Row:
    """A measurement."""

    benchmark: str
    model: str | None = None
    """``lam`` (LAM's size, random weights) or ``bundled``."""
    engine: str | None = None
    """``a2e``, ``torch eager`` or ``naive onnx``."""
    kind: str | None = None
    hop: int | None = None
    """Frames of 1/30 s; so is the lookahead."""
    lookahead: int | None = None
    precision: str | None = None
    threads: int | None = None
    """Threads that one graph call may use."""
    cores: int | None = None
    """Cores that the process was bound to."""
    streams: int | None = None
    time_ms: Samples | None = None
    """Of one hop."""
    real_time_factor: float | None = None
    """Median time of a hop over the hop's length."""
    memory_mb: dict[str, float] | None = None
    """``rss`` and ``anonymous`` at the end, ``peak_rss``, ``peak_anonymous``, ``base_rss``."""
    load_s: float | None = None
    first_frames_s: float | None = None
    """From the start of the process."""
    file_mb: float | None = None
    others_cores: float | None = None
    """Cores' worth of time that other processes took meanwhile."""
    facts: dict[str, Any] = field(default_factory=dict)
    """Facts that only this benchmark measures."""


def write_row(row: Row) -> None:
    """Appends a row and where it was measured to ``results/<benchmark>.jsonl``."""
    RESULTS.mkdir(exist_ok=True)
    values = {name: value for name, value in asdict(row).items() if value not in (None, {})}
    line = json.dumps({**values, "run": RUN, "machine": machine()})
    with (RESULTS / f"{row.benchmark}.jsonl").open("a") as file:
        file.write(line + "\n")


def read_rows(benchmark: str) -> Iterator[dict[str, Any]]:
    """The rows of ``results/<benchmark>.jsonl``, oldest first; none where there is no such file."""
    path = RESULTS / f"{benchmark}.jsonl"
    if path.exists():
        yield from map(json.loads, path.read_text().splitlines())


def machine() -> dict[str, Any]:
    """Commit, processor, cores, versions, installed sizes, and how busy the machine is."""
    return {**steady_facts(), "load_average": round(os.getloadavg()[0], 2)}


@cache
def steady_facts() -> dict[str, Any]:
    return {
        "commit": commit(),
        **processor(),
        "python": platform.python_version(),
        "system": platform.platform(terse=True),
        "versions": {name: number for name in PACKAGES if (number := installed(name))},
        "runtime_environment_mb": newest_environment(),
    }


def commit() -> str:
    """The commit, with a ``+`` where code that is measured differs from it."""
    changed = git("status", "--short", "--", *CODE)
    return git("rev-parse", "--short", "HEAD") + ("+" if changed else "")


def git(*arguments: str) -> str:
    try:
        result = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    except OSError:
        return ""
    return result.stdout.strip()


def installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def newest_environment() -> float | None:
    """MB of an installed runtime, from the newest row of `suite.environment`."""
    sizes = [row["facts"]["installed_mb"] for row in read_rows("environment")]
    return sizes[-1] if sizes else None


def newest(rows: Iterable[dict[str, Any]], *names: str) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The last row for each combination of ``names``."""
    return {tuple(row.get(name) for name in names): row for row in rows}
