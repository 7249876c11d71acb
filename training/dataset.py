"""Make the training data: ``python -m training.dataset --hours 30``.

Data lies in shards of ten minutes under ``training/.cache/data``, each made from its own seed (see
`labels.shards`), so that making can stop at any time and go on later.
"""

from __future__ import annotations

import argparse
import os

from tqdm import tqdm

from training.folders import DATA
from training.labels.shards import SEED_BASE, make_shard, missing, write
from training.speech.voices import Split


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=30, help="of speech to train on")
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
    wanted: dict[Split, float] = {"validation": options.validation_hours, "train": options.hours}
    for split, hours in wanted.items():
        part, parts = options.part
        mine = [(i, name) for i, name in missing(split, hours) if i % parts == part]
        for i, name in tqdm(mine, split):
            write(DATA, name, make_shard(SEED_BASE[split] + i, split))


if __name__ == "__main__":
    main()
