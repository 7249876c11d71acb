"""Takes from an environment what the service never loads, and compiles the rest.

    strip.py /opt/a2e

Standard library alone. The compiled files carry a hash that is not checked, because a root that
can't be written to can't be compiled in either, and its files have no dates worth trusting.
"""

from __future__ import annotations

import compileall
import shutil
import sys
from pathlib import Path
from py_compile import PycInvalidationMode

FOLDERS = (
    "*/site-packages/**/tests",
    "*/site-packages/numpy/f2py",
    "*/site-packages/numpy/_core/include",
    "*/site-packages/numpy/_core/lib",
    "*/site-packages/numpy/random/lib",
    "*/site-packages/onnxruntime/quantization",
    "*/site-packages/onnxruntime/tools",
    "*/site-packages/onnxruntime/transformers",
    "*/site-packages/av/include",
    "*/site-packages/a2e_export",
)
"""Tests, headers, and tools that build or shrink models."""
COMMANDS = ("a2e", "python*")
"""What is left of the environment's commands."""
FILES = ("*.pyi", "*.pyx", "*.pxd", "*.h", "*.a", "*.c")
"""What compilers and type checkers read."""


def main(place: Path) -> None:
    library = place / "lib"
    for pattern in FOLDERS:
        for folder in sorted(library.glob(pattern)):
            shutil.rmtree(folder, ignore_errors=True)
    for pattern in FILES:
        for file in library.rglob(pattern):
            file.unlink()
    for command in (place / "bin").iterdir():
        if not any(command.match(pattern) for pattern in COMMANDS):
            command.unlink()
    unchecked = PycInvalidationMode.UNCHECKED_HASH
    compileall.compile_dir(library, quiet=1, invalidation_mode=unchecked)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
