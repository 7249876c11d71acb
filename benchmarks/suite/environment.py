"""Size on disk of an installed runtime: a fresh environment with one extra, from this tree.

    python -m benchmarks environment [--extras cpu]

pip's own files, which every environment has, are told apart. MB of 1,000,000 bytes.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.harness.command import options, run
from benchmarks.harness.rows import ROOT, Row, write_row
from benchmarks.harness.system import BenchmarkError

TOOLS = ("pip", "setuptools", "pkg_resources", "_distutils_hack", "wheel")
SHOWN = 8


def work(arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for extra in arguments.extras:
            measure(extra, Path(folder) / extra)


def measure(extra: str, folder: Path) -> None:
    """Installs ``.[extra]`` into ``folder``; the row has the sizes."""
    call(sys.executable, "-m", "venv", str(folder))
    python = str(folder / "bin" / "python")
    call(python, "-m", "pip", "install", "--quiet", "-c", "constraints.txt", f".[{extra}]")
    (packages,) = folder.glob("lib/python*/site-packages")
    sizes = {entry.name: size_of(entry) for entry in packages.iterdir()}
    kept = {
        name: size
        for name, size in sorted(sizes.items(), key=lambda item: -item[1])
        if not name.startswith(TOOLS)
    }
    facts = {
        "extra": extra,
        "installed_mb": round(sum(kept.values()) / 1e6, 1),
        "whole_environment_mb": round(size_of(folder) / 1e6, 1),
        "packages_mb": {name: round(size / 1e6, 2) for name, size in list(kept.items())[:20]},
    }
    write_row(Row("environment", facts=facts))
    print(
        f"extra {extra}: {facts['installed_mb']} MB of packages, "
        f"{facts['whole_environment_mb']} MB with pip and the rest of the environment"
    )
    for name, size in list(kept.items())[:SHOWN]:
        print(f"{size / 1e6:9.1f}  {name}")


def size_of(path: Path) -> int:
    """Bytes of a file or of all files in a folder; links are not followed."""
    if path.is_symlink() or path.is_file():
        return path.lstat().st_size
    return sum(file.lstat().st_size for file in path.rglob("*") if not file.is_dir())


def call(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise BenchmarkError(f"{' '.join(command[:4])} failed: {last}")


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--extras", nargs="+", default=["cpu"])
    run(work, parser)


if __name__ == "__main__":
    main()
