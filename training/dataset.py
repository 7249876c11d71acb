"""Make the training data: ``python -m training.dataset --hours 16``.

Data lies in shards of ten minutes under ``training/.cache/data``, each made from its own seed (see
`labels.shards`), so that making can stop at any time and go on later.
"""

from __future__ import annotations

import argparse
import os

from tqdm import tqdm

from training.folders import DATA
from training.labels.shards import make_shard, missing, write
from training.labels.sources import SOURCES, Source, missing_data
from training.speech.voices import Split

SHARES: dict[Split, dict[Source, float]] = {
    "validation": {"synthetic": 0.5, "neural": 0.5},
    "train": {"people": 0.15, "neural": 0.6, "synthetic": 0.25},
}
"""Of each source in the hours of a split. Real faces to validate with are `evaluation.faces`'."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=16, help="of speech to train on")
    parser.add_argument("--validation-hours", type=float, default=1)
    parser.add_argument(
        "--part",
        type=int,
        nargs=2,
        default=(0, 1),
        metavar=("I", "N"),
        help="make every Nth shard from the Ith on, for several processes",
    )
    options = parser.parse_args()
    os.nice(19)
    DATA.mkdir(parents=True, exist_ok=True)
    hours: dict[Split, float] = {"validation": options.validation_hours, "train": options.hours}
    lacking = {source: path for source in SOURCES if (path := missing_data(source))}
    for source, path in lacking.items():
        print(f"no {source} speech: link its folder to {path} (see training/README.md)")
    wanted = [
        (i, name, split, source)
        for split, shares in SHARES.items()
        for source, share in shares.items()
        if source not in lacking
        for i, name in missing(split, source, share * hours[split])
    ]
    part, parts = options.part
    for i, name, split, source in tqdm(wanted[part::parts], "shards"):
        write(DATA, name, make_shard(i, split, source))


if __name__ == "__main__":
    main()
