"""The child process that reads the cases; its parent watches it.

    python -m tests.fuzz.worker TARGET FIRST_SEED LAST_SEED FOLDER [CASES]

Each finding, and each seed that is done, is a line of JSON on standard output. ``FOLDER/case`` is
the case that is read now, ``FOLDER/state`` its seed and the processor time at its start.
``CASES`` is a folder of cases to read in place of the target's own.
"""

from __future__ import annotations

import base64
import faulthandler
import json
import os
import resource
import sys
import time
from pathlib import Path

from tests.fuzz.probe import examine
from tests.fuzz.targets import TARGETS

HEADROOM = 2_000_000_000
"""Bytes of address space beyond what the warm process has: a runaway ends, and not the machine."""
FILE_BYTES = 256_000_000
"""Bytes of the longest file that a case may write."""


def main() -> None:
    name, first, last, folder, *kept = sys.argv[1:]
    lines = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what libraries print goes to the log
    faulthandler.enable()
    target = TARGETS[name]
    for good in target.warm_up:
        target.attempt(good())
    limit_resources()
    for seed in range(int(first), int(last)):
        cases = [file_of(Path(kept[0]), seed)] if kept else list(target.cases(seed))
        for case in cases:
            note(Path(folder), seed, case)
            if finding := examine(target, case, seed):
                text = base64.b64encode(case).decode()
                print(json.dumps({"finding": finding.facts(), "case": text}), file=lines)
        print(json.dumps({"seed": seed, "cases": len(cases)}), file=lines)


def file_of(folder: Path, place: int) -> bytes:
    return sorted(folder.iterdir())[place].read_bytes()


def note(folder: Path, seed: int, case: bytes) -> None:
    (folder / "case").write_bytes(case)
    (folder / "state").write_text(f"{seed} {time.process_time()}")


def limit_resources() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    space = pages * resource.getpagesize() + HEADROOM
    resource.setrlimit(resource.RLIMIT_AS, (space, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
