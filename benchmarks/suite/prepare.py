"""Makes every model file that the suite measures, and counts their products; takes minutes once.

    python -m benchmarks prepare [--models lam bundled]

The other scripts make what they lack by themselves; this makes it while nothing is being timed.
"""

from __future__ import annotations

import argparse

from benchmarks.harness.command import options, run
from benchmarks.harness.models import PRECISIONS, Variant, ready, work_of
from benchmarks.suite import accuracy, latency, live, memory, profile, scaling


def work(arguments: argparse.Namespace) -> None:
    for model in arguments.models:
        for variant in ready(dict.fromkeys(suite(model))):
            gmac, megabytes = work_of(variant)
            print(f"{variant!s:36}{gmac * 1e3:10.1f} million products{megabytes:9.1f} MB")


def suite(model: str) -> list[Variant]:
    """Everything that is measured of a model."""
    settings = accuracy.settings(model)
    return [
        *latency.grid(model),
        *live.variants(model),
        *memory.variants(model),
        *scaling.variants(model),
        *profile.variants(model),
        *(accuracy.at(setting, precision) for setting in settings for precision in PRECISIONS),
    ]


def main() -> None:
    run(work, options(__doc__, models=("lam", "bundled")))


if __name__ == "__main__":
    main()
