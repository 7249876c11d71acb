"""How a `Teacher` is learnt: ridge regression from people's phones to their captured curves.

Speakers count alike, however many minutes there are of each; only `FIRST`, of whom there are twenty
times as many, counts for two. A speaker's curves count as standard scores of that speaker's own.

Shapes: T frames of 1/30 s, K features.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from training.labels.captures import course
from training.labels.features import Matrix, around, levels
from training.labels.people import Person
from training.labels.targets import targets
from training.labels.teacher import Teacher, columns_of, inputs

FIRST, FIRST_COUNTS = "s1", 2.0
PENALTY = 0.003  # of squared weights, against the mean squared error


@dataclass(frozen=True)
class Lesson:
    """What one clip teaches."""

    speaker: str
    inputs: Matrix
    """[T, K]"""
    rules: Matrix
    """[T, 3]"""
    captured: Matrix
    """[T, 3]"""


def lesson(person: Person) -> Lesson:
    ruled = columns_of(course(targets(person.phones, person.audio, 0)))
    frames = min(len(ruled), len(person.captured))
    rules = ruled[:frames]
    known = inputs(person.phones, levels(person.audio, frames), rules)
    return Lesson(person.speaker, known, rules, person.captured[:frames])


def learn(lessons: Sequence[Lesson]) -> Teacher:
    """The map that fits all lessons best."""
    units = speaker_units([(lesson.speaker, lesson.captured) for lesson in lessons])
    wanted = np.concatenate([scores(lesson, units) for lesson in lessons])
    given = np.concatenate([around(lesson.inputs) for lesson in lessons])
    counts = {s: sum(len(x.rules) for x in lessons if x.speaker == s) for s in units}
    share = np.concatenate(
        [
            np.full(len(x.rules), (FIRST_COUNTS if x.speaker == FIRST else 1) / counts[x.speaker])
            for x in lessons
        ]
    )
    weights, offset = ridge(given, wanted, share / share.sum())
    learnt = given @ weights + offset
    rules = np.concatenate([lesson.rules for lesson in lessons])
    unit = rules.std(axis=0)
    return Teacher(weights, offset, unit / learnt.std(axis=0), unit, rules.mean(axis=0))


def speaker_units(clips: Iterable[tuple[str, Matrix]]) -> dict[str, tuple[Matrix, Matrix]]:
    """Mean and deviation [3] of each speaker's captured curves, from (speaker, [T, 3])."""
    curves: dict[str, list[Matrix]] = {}
    for speaker, captured in clips:
        curves.setdefault(speaker, []).append(captured)
    joined = {speaker: np.concatenate(own) for speaker, own in curves.items()}
    return {s: (own.mean(axis=0), own.std(axis=0)) for s, own in joined.items()}


def scores(lesson: Lesson, units: dict[str, tuple[Matrix, Matrix]]) -> Matrix:
    """A clip's captured curves as its speaker's standard scores: [T, 3]."""
    mean, deviation = units[lesson.speaker]
    return (lesson.captured - mean) / deviation


def ridge(given: Matrix, wanted: Matrix, share: Matrix) -> tuple[Matrix, Matrix]:
    """Weights [K, 3] and offset [3] of the best linear map, rows counted by ``share`` (sum 1)."""
    mean, wanted_mean = share @ given, share @ wanted
    centred = given - mean
    weighted = (centred * share[:, None]).T
    moments = weighted @ centred
    moments[np.diag_indices(len(moments))] += PENALTY
    weights = np.linalg.solve(moments, weighted @ (wanted - wanted_mean)).astype(np.float64)
    offset: Matrix = wanted_mean - mean @ weights
    return weights, offset
