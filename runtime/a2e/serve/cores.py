"""Processor cores that this process may use, as its affinity and its container allow."""

from __future__ import annotations

import os
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
OWN_CGROUPS = Path("/proc/self/cgroup")


def cores() -> int:
    """Processor cores that this process may use, as its affinity and its container allow."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min([allowed or 1, *cores_of_groups(CGROUPS, OWN_CGROUPS)]))


def cores_of_groups(mount: Path, own: Path) -> list[int]:
    """Whole cores that the control groups of this process allow it, versions 1 and 2."""
    try:
        lines = [line.split(":", 2) for line in own.read_text().splitlines()]
    except OSError:
        lines = []
    folders = {mount: None, mount / "cpu": None, mount / "cpu,cpuacct": None}
    for _, controllers, path in (line for line in lines if len(line) == 3):
        if controllers and "cpu" not in controllers.split(","):
            continue
        for root in [mount / controllers, mount / "cpu"] if controllers else [mount]:
            place = root / path.lstrip("/")
            folders.update(dict.fromkeys([place, *place.parents]))
    within = (folder for folder in folders if folder == mount or mount in folder.parents)
    return [quota for folder in within for quota in [_quota(folder)] if quota is not None]


def _quota(folder: Path) -> int | None:
    """Whole cores that one control group allows; None where it sets no limit."""
    try:
        if (folder / "cpu.max").exists():
            quota, period = (folder / "cpu.max").read_text().split()
        else:
            quota = (folder / "cpu.cfs_quota_us").read_text()
            period = (folder / "cpu.cfs_period_us").read_text()
        return max(1, int(quota) // int(period)) if int(quota) > 0 else None
    except (OSError, ValueError, ZeroDivisionError):  # no such file, or "max"
        return None
