"""``python -m tests.fuzz``: see the package."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

from tests.fuzz.hunt import Hunt
from tests.fuzz.probe import examine
from tests.fuzz.targets import TARGETS

FOLDER = Path("out/fuzz")
LOW_PRIORITY = 15


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=main.__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="for all targets together")
    parser.add_argument("--targets", nargs="+", choices=TARGETS, default=list(TARGETS))
    parser.add_argument("--out", type=Path, default=FOLDER)
    parser.add_argument("--fresh", action="store_true", help="forget earlier runs in --out")
    parser.add_argument("--case", type=Path, help="read this one case; its folder names its target")
    arguments = parser.parse_args()
    os.nice(LOW_PRIORITY)
    if arguments.case:
        sys.exit(replay(arguments.case))
    if arguments.fresh:
        shutil.rmtree(arguments.out, ignore_errors=True)
    hunts = [Hunt(TARGETS[name], arguments.out) for name in arguments.targets]
    try:
        search(hunts, 60 * arguments.minutes)
    except KeyboardInterrupt:
        print("stopped; the next run goes on from here")
    print(table(hunts))
    sys.exit(any(hunt.findings for hunt in hunts))


def search(hunts: list[Hunt], seconds: float) -> None:
    """Each target's share of the time, one after another."""
    shares = sum(hunt.target.share for hunt in hunts)
    for hunt in hunts:
        hunt.resume()
    for hunt in hunts:
        share = seconds * hunt.target.share / shares
        print(f"{hunt.target.name}: {share:.0f} s from seed {hunt.next_seed}", flush=True)
        try:
            hunt.run(share)
        finally:
            hunt.save()


def table(hunts: list[Hunt]) -> str:
    lines = [f"{'target':12}{'cases':>9}{'findings':>10}"]
    for hunt in hunts:
        lines.append(f"{hunt.target.name:12}{hunt.cases:9}{len(hunt.findings):10}")
    for hunt in hunts:
        for finding, count in hunt.findings.values():
            folder = f"{finding.target}-{finding.kind}-{finding.key}"
            lines.append(f"{folder:36}{count:6} ×  seed {finding.seed}  {finding.place}")
            lines.append(f"{'':46}{finding.summary}")
    return "\n".join(lines)


def replay(path: Path) -> int:
    """Reads one case in this process; 1 if it is a finding."""
    names = [*path.resolve().parent.name.split("-")[:1], path.resolve().parent.name]
    target = next((TARGETS[name] for name in names if name in TARGETS), None)
    if target is None:
        print(f"{path.parent.name} begins with no target; there are {', '.join(TARGETS)}")
        return 2
    for case in target.warm_up:
        target.attempt(case())
    finding = examine(target, path.read_bytes())
    print("nothing wrong" if finding is None else f"{finding.summary}\n{finding.details}")
    return int(finding is not None)


if __name__ == "__main__":
    main()
