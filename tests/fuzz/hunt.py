"""The parent of the readers: starts them, watches their time, keeps what they find."""

from __future__ import annotations

import base64
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fuzz.probe import Finding, place_in
from tests.fuzz.target import Target

START_SECONDS = 120
"""A child has so long to warm up."""
WALL_FACTOR = 12
"""A case may wait so much longer than it may compute: the machine may be busy."""
KEPT = 3
"""Cases kept of one finding."""
LAST_SEED = 1 << 40
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Hunt:
    """One target's search, kept in a folder so that it can go on later."""

    target: Target
    folder: Path
    next_seed: int = 0
    kept: Path | None = None
    """A folder of cases to read in place of the target's: a seed is a file's place in it."""
    cases: int = 0
    findings: dict[str, tuple[Finding, int]] = field(default_factory=dict)
    """By key: the first one, and how many."""

    @property
    def state(self) -> Path:
        return self.folder / self.target.name / "progress.json"

    def resume(self) -> None:
        """Goes on where an earlier search of this folder stopped."""
        if self.state.exists():
            facts = json.loads(self.state.read_text())
            self.next_seed, self.cases = facts["next_seed"], facts["cases"]
            for finding, count in facts["findings"]:
                self._note(Finding(**finding), count)

    def save(self) -> None:
        self.state.parent.mkdir(parents=True, exist_ok=True)
        facts = {"next_seed": self.next_seed, "cases": self.cases}
        found = [[finding.facts(), count] for finding, count in self.findings.values()]
        self.state.write_text(json.dumps(facts | {"findings": found}))

    def run(self, seconds: float, last_seed: int = LAST_SEED) -> None:
        """Reads cases for so long, or up to a seed."""
        while self.next_seed < last_seed and seconds > 0:
            with Child(self, last_seed) as child:
                for line in child.lines(seconds):
                    self._take(line)
                if ending := child.ending():
                    finding, case = ending
                    self._keep(finding, case)
                    self.next_seed = finding.seed + 1
                seconds -= time.monotonic() - child.begun
            self.save()

    def _take(self, line: dict[str, Any]) -> None:
        if "finding" in line:
            self._keep(Finding(**line["finding"]), base64.b64decode(line["case"]))
        else:
            self.next_seed = line["seed"] + 1
            self.cases += line["cases"]

    def _keep(self, finding: Finding, case: bytes) -> None:
        count = self._note(finding, 1)
        if count <= KEPT:
            folder = self.folder / "findings" / f"{finding.target}-{finding.kind}-{finding.key}"
            folder.mkdir(parents=True, exist_ok=True)
            stem = "case" if count == 1 else f"case-{count}"
            (folder / stem).write_bytes(case)
            (folder / f"{stem}.json").write_text(json.dumps(finding.facts(), indent=1))

    def _note(self, finding: Finding, more: int) -> int:
        first, count = self.findings.get(finding.key, (finding, 0))
        self.findings[finding.key] = first, count + more
        return count + more


class Child:
    """A process that reads a hunt's cases up to those of ``last`` seed."""

    def __init__(self, hunt: Hunt, last: int) -> None:
        self.target = hunt.target
        self.folder = hunt.folder / self.target.name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log = self.folder / "log"
        (self.folder / "state").unlink(missing_ok=True)
        command = [sys.executable, "-m", "tests.fuzz.worker", self.target.name]
        folders = (self.folder, hunt.kept) if hunt.kept else (self.folder,)
        self.scratch = self.folder / "tmp"
        self.scratch.mkdir(exist_ok=True)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, str(hunt.next_seed), str(last), *map(str, folders)],
                stdout=subprocess.PIPE,
                stderr=log,
                env=os.environ | {"TMPDIR": str(self.scratch.resolve())},
            )
        self.begun = self.started = time.monotonic()
        self._case: tuple[str, float] | None = None
        self._is_hung = self._is_stopped = False

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def lines(self, seconds: float) -> Iterator[dict[str, Any]]:
        """The child's lines until it ends, hangs, or its time after the start is over."""
        assert self.process.stdout is not None
        rest = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while True:
                data = b""
                if selector.select(0.5):
                    data = os.read(self.process.stdout.fileno(), 1 << 16)
                    if not data:
                        self.process.wait()
                        return
                *whole, rest = (rest + data).split(b"\n")
                yield from map(json.loads, whole)
                if self._hangs():
                    self._abort()
                    return
                if self._case is not None and time.monotonic() > self.begun + seconds:
                    self._is_stopped = True
                    return

    def ending(self) -> tuple[Finding, bytes] | None:
        """The case that ended the child, if one did; raises ``RuntimeError`` if none had begun."""
        if self._is_stopped or (self.process.returncode == 0 and not self._is_hung):
            return None
        log = self.log.read_text(errors="replace")
        state = self._state()
        if state is None:
            raise RuntimeError(f"{self.target.name}: the child did not start:\n{log[-3_000:]}")
        kind = "hang" if self._is_hung else "crash"
        number = -self.process.returncode
        name = signal.Signals(number).name if number > 0 else f"status {-number}"
        limit = f"more than {self.target.seconds:g} s of processor time"
        memory = "memory" if "bad_alloc" in log or "MemoryError" in log else name
        place = place_in(log[log.rfind("Fatal Python error") :])
        finding = Finding(
            self.target.name,
            int(state[0]),
            kind,
            f"{limit} in {place}" if self._is_hung else f"{memory} in {place}",
            place if self._is_hung else f"{memory} {place}",
            log[-8_000:],
        )
        return finding, (self.folder / "case").read_bytes()

    def _state(self) -> tuple[str, float] | None:
        try:
            seed, spent = (self.folder / "state").read_text().split()
        except (OSError, ValueError):  # not there, or being written
            return None
        return seed, float(spent)

    def _hangs(self) -> bool:
        now, state = time.monotonic(), self._state()
        if state is None or state != self._case:
            if state is not None:
                self.begun = now if self._case is None else self.begun
                self._case, self.started = state, now
            elif self._case is None and now - self.started > START_SECONDS:
                raise RuntimeError(f"{self.target.name}: the child did not start")
            return False
        computed = self._processor_time() - state[1]
        seconds = self.target.seconds
        return computed > seconds or now - self.started > WALL_FACTOR * seconds

    def _processor_time(self) -> float:
        text = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(text[11]) + int(text[12])) / TICKS

    def _abort(self) -> None:
        """Ends the child so that it says where it is."""
        self._is_hung = True
        self.process.send_signal(signal.SIGABRT)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
