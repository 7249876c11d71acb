"""Measurements of a2e: ``python -m benchmarks`` lists them, ``python -m benchmarks NAME`` runs one.

The rooms are on the package's search path, so that ``python -m benchmarks.NAME`` works as well.
"""

from pathlib import Path

__path__ += [str(Path(__file__).parent / room) for room in ("suite", "experiments", "harness")]
