"""Use of the processor by others while something was measured: the machine's time less our own."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Self

TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
IDLE = (3, 4)
"""Places of idle and waiting in the first line of /proc/stat; guests after 7 are counted before."""
PARENT, SPENT = 1, slice(11, 15)
"""Places in /proc/PID/stat after the name: parent, and time of a process and its ended children."""
LOUD = 0.1


class Neighbours:
    """Around a measurement: ``cores`` is how many cores' worth of time other processes took."""

    cores = 0.0

    def __enter__(self) -> Self:
        self.begun = time.perf_counter(), machine_seconds(), own_seconds()
        return self

    def __exit__(self, *error: object) -> None:
        now = time.perf_counter(), machine_seconds(), own_seconds()
        passed, machine, own = (
            after - before for after, before in zip(now, self.begun, strict=True)
        )
        self.cores = round(max(0.0, (machine - own) / passed), 3)
        if self.cores > LOUD:
            print(f"note: other processes took {self.cores:.1f} cores meanwhile", file=sys.stderr)


def machine_seconds() -> float:
    """Processor time of everything on this machine since it started, stolen time too; 0 where the
    system does not tell."""
    stat = Path("/proc/stat")
    if not stat.exists():
        return 0.0
    ticks = [int(field) for field in stat.read_text().splitlines()[0].split()[1:9]]
    return sum(t for place, t in enumerate(ticks) if place not in IDLE) / TICK


def own_seconds() -> float:
    """Processor time of this process and all its descendants."""
    stats = {pid: fields for pid in pids() if (fields := stat_of(pid))}
    children: dict[int, list[int]] = {}
    for pid, fields in stats.items():
        children.setdefault(int(fields[PARENT]), []).append(pid)
    family, grown = [], [os.getpid()]
    while grown:
        family.append(grown.pop())
        grown += children.get(family[-1], ())
    return sum(int(entry) for pid in family if pid in stats for entry in stats[pid][SPENT]) / TICK


def pids() -> list[int]:
    proc = Path("/proc")
    return (
        [int(entry.name) for entry in proc.iterdir() if entry.name.isdecimal()]
        if proc.exists()
        else []
    )


def stat_of(pid: int) -> list[str]:
    """The fields after the name, which may itself hold spaces; none for a process that has gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
