"""One entry for all measurements.

python -m benchmarks              lists them
python -m benchmarks NAME ...     runs one; NAME --help says more
"""

from __future__ import annotations

import ast
import sys
from importlib import import_module
from pathlib import Path

ROOMS = ("suite", "experiments")
REPORT = "harness.report"


def modules() -> dict[str, str]:
    """Names of measurements and of the report, and their modules within ``benchmarks``."""
    folder = Path(__file__).parent
    names = {
        path.stem: f"{room}.{path.stem}"
        for room in ROOMS
        for path in sorted((folder / room).glob("[!_]*.py"))
    }
    return names | {"report": REPORT}


def summary(module: str) -> str:
    """The first sentence of a module's docstring, without importing it."""
    source = Path(__file__).parent / f"{module.replace('.', '/')}.py"
    text = ast.get_docstring(ast.parse(source.read_text())) or ""
    return text.split("\n\n")[0].replace("\n", " ")


def main() -> None:
    name, *arguments = sys.argv[1:] or ("--help",)
    if name in ("-h", "--help"):
        print("python -m benchmarks NAME ...\n")
        for title, module in modules().items():
            print(f"  {title:16}{summary(module)}")
        return
    if name not in modules():
        sys.exit(f"benchmarks: error: there is no {name!r}; there are {', '.join(modules())}")
    sys.argv = [f"benchmarks {name}", *arguments]
    import_module(f"benchmarks.{modules()[name]}").main()


if __name__ == "__main__":
    main()
