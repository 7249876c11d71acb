"""How near the teacher's curves come to people's: ``python -m training.evaluation.taught FACES``.

For captured people whose phones are known, in GRID's groups of validation: the scores of the rules
and of the teacher (see `faces`), and what each phone's middle looks like, in deviations of the
speaker. ``--picture`` draws a sentence: the real curve, the rules', the teacher's.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from training.evaluation.faces import Scores, group_scores
from training.evaluation.report import table
from training.folders import PEOPLE
from training.labels.captures import captures, course
from training.labels.curves import FPS, Floats
from training.labels.features import Matrix
from training.labels.people import Person, people
from training.labels.targets import targets
from training.labels.teacher import columns_of, teacher

GROUPS = ("grid_s1_validation", "grid_other_validation")
MEASURES = ("jaw", "lips", "round")
FEWEST = 8  # of a phone, to be told of

Draw = Callable[[Person], Floats]
"""A person's phones to weights [T, 52]."""


def ruled(person: Person) -> Floats:
    return targets(person.phones, person.audio, 0)


def taught(person: Person) -> Floats:
    curves: Floats = teacher().curves(person.phones, person.audio)[:, 0]
    return curves


def scores(folder: Path, everyone: Sequence[Person], draw: Draw) -> dict[str, Scores]:
    """Scores of drawn curves, by group."""
    known = {person.name: person for person in everyone}
    by_group = defaultdict(list)
    for capture in captures(folder):
        person = known.get(f"{capture.group}/{capture.path.stem}")
        if person is not None:
            by_group[capture.group].append((capture, draw(person)))
    return {group: group_scores(clips) for group, clips in by_group.items()}


def phone_table(everyone: Sequence[Person]) -> dict[str, dict[str, float]]:
    """What a phone's middle looks like, as means over all of it: real, ruled, taught."""
    found = defaultdict(list)
    for person in everyone:
        curves = [person.captured, *(columns_of(course(f(person))) for f in (ruled, taught))]
        frames = min(len(c) for c in curves)
        both = np.concatenate([standard(c[:frames]) for c in curves], axis=1)  # [T, 9]
        for phone in person.phones:
            middle = int((phone.start + phone.end) / 2 * FPS)
            if phone.symbol and middle < frames:
                found[phone.symbol].append(both[middle])
    names = [f"{m} {who}" for who in ("real", "rules", "teacher") for m in MEASURES]
    return {
        symbol: {"n": len(rows)} | dict(zip(names, np.mean(rows, axis=0).tolist(), strict=True))
        for symbol, rows in sorted(found.items())
        if len(rows) >= FEWEST
    }


def standard(curves: Matrix) -> Matrix:
    """Standard scores of a clip's curves: [T, 3] -> [T, 3]."""
    scored: Matrix = (curves - curves.mean(axis=0)) / (curves.std(axis=0) + 1e-9)
    return scored


def picture(person: Person, path: Path) -> None:
    """A sentence's real curves, the rules' and the teacher's."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5.5), layout="constrained")
    axes = figure.subplots(3, 1, sharex=True)
    lines = {"real": person.captured, "rules": columns_of(course(ruled(person)))}
    lines["teacher"] = columns_of(course(taught(person)))
    for place, (axis, measure) in enumerate(zip(axes, MEASURES, strict=True)):
        for (name, curves), style in zip(lines.items(), ("k-", "C0--", "C1-"), strict=True):
            times = (np.arange(len(curves)) + 0.5) / FPS
            axis.plot(times, standard(curves)[:, place], style, label=name)
        axis.set_ylabel(measure)
    for phone in person.phones:
        axes[-1].text((phone.start + phone.end) / 2, -2.4, phone.symbol, ha="center", fontsize=8)
    axes[0].legend(loc="upper right", ncols=3)
    axes[-1].set_xlabel("s")
    figure.savefig(path, dpi=90)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("faces", type=Path)
    parser.add_argument("--picture", type=Path, help="where to draw a sentence")
    parser.add_argument("--sentence", default="grid_s1_validation/", help="name, or its beginning")
    options = parser.parse_args()
    everyone = list(people(options.faces, PEOPLE, GROUPS))
    if not everyone:
        parser.error(f"expected {' and '.join(GROUPS)} in {options.faces}")
    for name, draw in (("rules", ruled), ("teacher", taught)):
        print(f"## {name}\n\n{table(scores(options.faces, everyone, draw))}\n")
    print(f"## phones, in standard scores\n\n{table(phone_table(everyone))}")
    if options.picture:
        chosen = next(p for p in everyone if p.name.startswith(options.sentence))
        picture(chosen, options.picture)


if __name__ == "__main__":
    main()
