"""Facts of this machine: memory of a process, processor, cores. Plain Python.

Sizes are in MB of 1,000,000 bytes.
"""

from __future__ import annotations

import os
from pathlib import Path

KIB = 1024
MB = 1e6
MEMORY_KEYS = {"rss": "VmRSS", "anonymous": "RssAnon", "peak_rss": "VmHWM"}
FLAGS = (
    *("avx2", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8"),
    *("asimd", "asimddp", "i8mm", "bf16", "sve"),
)
"""Processor flags that decide how fast products of matrices are."""


class BenchmarkError(Exception):
    """A wish that can't be met, or a measurement that failed; the message is one line."""


def memory_of(pid: int | str = "self") -> dict[str, float]:
    """MB that a process holds: all resident, anonymous (its own, not files), and resident peak."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        raise BenchmarkError(
            "memory is read from /proc, which this system does not have; use Linux"
        )
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
    return {
        name: round(int(lines[key].split()[0]) * KIB / MB, 2)
        for name, key in MEMORY_KEYS.items()
        if key in lines
    }


def processor() -> dict[str, object]:
    """Name, the flags that matter, cache, clock (MHz, may be absent), cores, memory."""
    lines = cpu_lines()
    fields = {key.strip(): value.strip() for key, _, value in (li.partition(":") for li in lines)}
    flags = fields.get("flags", fields.get("Features", "")).split()
    return {
        "cpu": fields.get("model name", os.uname().machine),
        "family_model": f"{fields.get('cpu family', '?')}/{fields.get('model', '?')}",
        "flags": [flag for flag in FLAGS if flag in flags],
        "mhz": float(fields["cpu MHz"]) if "cpu MHz" in fields else None,
        "l3": fields.get("cache size"),
        "cores": os.cpu_count(),
        "memory_mb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / MB),
    }


def cpu_lines() -> list[str]:
    info = Path("/proc/cpuinfo")
    return info.read_text().splitlines() if info.exists() else []


def usable_cores() -> list[int]:
    """The cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def last_cores(count: int) -> list[int]:
    """``count`` cores to measure on: the last ones, which a system's own work uses least."""
    usable = usable_cores()
    if not 1 <= count <= len(usable):
        raise BenchmarkError(f"this machine lends {len(usable)} cores; got a wish for {count}")
    return usable[-count:]


def pin(cores: list[int]) -> None:
    """Binds this process, and all threads that it starts, to ``cores`` where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)
