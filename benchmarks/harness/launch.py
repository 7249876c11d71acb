"""Starts measured processes and talks to them; what they print is kept for when they fail."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from benchmarks.harness.models import WINDOW_SAMPLES, Variant, file_of
from benchmarks.harness.rows import ROOT
from benchmarks.harness.system import BenchmarkError, last_cores, memory_of

WATCH_SECONDS = 0.005
GRACE_SECONDS = 10


class Worker:
    """A fresh process with one variant loaded, bound to the machine's last cores.

    ``start`` tells how it began: ``started_s``, ``imported_s``, ``loaded_s``, ``first_frames_s``,
    all from the start of the process; ``memory_mb`` right after the first frames.
    """

    def __init__(
        self, variant: Variant, *, cores: int | None = None, watched: bool = False
    ) -> None:
        self.variant = variant
        self.cores = cores or variant.threads
        path = file_of(variant)
        job: dict[str, Any] = {
            "engine": variant.engine,
            "threads": variant.threads,
            "path": str(path),
            "config": str(path.with_name("config.json")),
            "window_samples": WINDOW_SAMPLES,
            "on_cores": last_cores(self.cores),
        }
        self.log = tempfile.TemporaryFile("w+")
        job["begun"] = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.harness.worker", json.dumps(job)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )
        self.watch = Watch(self.process.pid) if watched else None
        self.start: dict[str, Any] = self._answer()

    @property
    def load_s(self) -> float:
        return round(float(self.start["loaded_s"] - self.start["imported_s"]), 4)

    @property
    def first_frames_s(self) -> float:
        return round(float(self.start["first_frames_s"]), 4)

    def ask(self, do: str, **order: Any) -> Any:
        """The worker's answer to an order; raises :class:`BenchmarkError`."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps({"do": do, **order}) + "\n")
            self.process.stdin.flush()
        return self._answer()

    def memory(self) -> dict[str, float]:
        """MB now, at the peak, and before loading (``base_rss``: Python and the libraries)."""
        memory: dict[str, float] = self.ask("memory")
        memory["base_rss"] = self.start["base_rss"]
        if self.watch:
            memory["peak_anonymous"] = max(self.watch.peak, memory["anonymous"])
        return memory

    def _answer(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            self.log.seek(0)
            last = (self.log.read().strip().splitlines() or ["it said nothing"])[-1]
            raise BenchmarkError(f"measuring {self.variant} failed: {last}")
        return json.loads(line)

    def close(self) -> None:
        """Ends the process and waits until it is gone."""
        if self.watch:
            self.watch.stop()
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        try:
            self.process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def warm(variant: Variant) -> None:
    """Reads the variant's file once, so that every start finds it in the page cache."""
    path = file_of(variant)
    for file in path.parent.glob(path.name + "*"):
        file.read_bytes()


class Watch:
    """Looks at a process every few ms and keeps the most anonymous memory that it saw, MB."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.peak = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._over.wait(WATCH_SECONDS):
            with suppress(OSError, BenchmarkError):
                self.peak = max(self.peak, memory_of(self.pid).get("anonymous", 0.0))

    def stop(self) -> None:
        self._over.set()
        self._thread.join()
