"""Learn articulation from captured faces: ``python -m training.teach FACES``.

FACES holds GRID's training groups (see `labels.captures`). Writes ``training/teacher.npz``, which
labels all speech that is made afterwards.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tqdm import tqdm

from training.folders import PEOPLE, TEACHER
from training.labels.people import people
from training.labels.teaching import learn, lesson


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("faces", type=Path)
    options = parser.parse_args()
    PEOPLE.parent.mkdir(parents=True, exist_ok=True)
    lessons = [lesson(person) for person in tqdm(people(options.faces, PEOPLE), "people")]
    if not lessons:
        parser.error(f"expected GRID's groups in {options.faces}: grid_s1, grid_others")
    learn(lessons).save(TEACHER)


if __name__ == "__main__":
    main()
