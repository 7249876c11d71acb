"""Articulation learnt from people: phones and loudness to jaw, lips and rounding.

The rules of `targets` know what a phone asks for, but not how far, how early and how long people
go, nor what a sound does to its neighbours. A linear map learns that from captured faces: from the
features of the phones around a frame, its loudness and the rules' own curves, to the opening of the
jaw, the distance of the lips and their rounding (see `teaching`). Half of what it says is believed:
one man's manner, taken whole, is not how others speak (`TRUST`).

What is learnt are standard scores: each speaker's curves count by their own mean and deviation, and
become weights in the rules' units. Contacts stay guaranteed, and in long silence the mouth rests.

Shapes: T frames of 1/30 s, K features.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.folders import TEACHER
from training.labels.articulation import CONTACTS
from training.labels.captures import Course, course
from training.labels.curves import FPS, Floats, columns
from training.labels.features import Matrix, around, features, levels
from training.labels.targets import (
    STYLES,
    contacts,
    of_frames,
    parts,
    soften,
    subframe_times,
    targets,
)
from training.speech.utterance import Phone

RULES_UNIT = 3.0
"""How much more than a feature the rules' curves count in the map's regularisation."""
TRUST = np.array([0.45, 0.7, 0.7])
"""Share of the learnt jaw, lips and rounding; the rest is the rules'. Jaws differ most."""
CAPTURED_TRUST = np.array([0.8, 1.0, 1.0])
"""Share of a captured jaw, lips and rounding in the curves of their own voice."""
LOUDNESS_EXPONENT = 0.2
"""Jaw and lips open further with amplitude to this power, besides what the rules give."""
LOUDNESS_RANGE = (0.4, 1.15)
BEND = np.array([0.02, 0.02, 0.15])
"""Of jaw, lips and rounding: twice the weight that is given at rest, in speech."""
REST_AFTER = (0.12, 0.30)  # s into silence, where the mouth begins to rest and rests
BREATH = (0.20, 0.45)  # s before speech, likewise: it opens for the breath before the first word
OWN_SHARE = (0.2, 0.6)  # of the lips' distance that they may make themselves, without the jaw


@dataclass(frozen=True)
class Teacher:
    """A linear map from features around a frame to standard scores, and the units of these."""

    weights: Matrix
    """[K * (2r + 1), 3]"""
    offset: Matrix
    """[3]"""
    scale: Matrix
    """[3]: a standard score of what is learnt in the rules' units."""
    deviation: Matrix
    """[3]: a standard score of what was captured in the rules' units."""
    middle: Matrix
    """[3]: the mean in the rules' units."""

    def save(self, path: Path) -> None:
        np.savez(path, **vars(self))

    @staticmethod
    def load(path: Path) -> Teacher:
        with np.load(path, allow_pickle=False) as file:
            return Teacher(**{name: file[name] for name in file.files})

    def articulation(self, phones: Sequence[Phone], level: Matrix, rules: Matrix) -> Matrix:
        """Jaw, lips' distance and rounding, learnt and ruled together: [T, 3].

        From ``level`` [T, 1] (see `levels`) and the rules' own [T, 3].
        """
        given = around(inputs(phones, level, rules))
        learnt = (given @ self.weights + self.offset) * self.scale + self.middle
        believed = (1 - TRUST) * rules + TRUST * learnt
        loud = np.clip(10 ** (LOUDNESS_EXPONENT * level), *LOUDNESS_RANGE)
        louder: Matrix = believed * np.concatenate([loud, loud, np.ones_like(loud)], axis=1)
        return louder

    def curves(
        self, phones: Sequence[Phone], audio: Floats, captured: Matrix | None = None
    ) -> Floats:
        """The weights of an utterance in every style: [T, styles, 52].

        ``audio`` is the clean speech [n] at 16 kHz, for its loudness. ``captured`` are the
        speaker's own jaw, lips and rounding where they are known, as standard scores [T, 3]:
        then these are believed by `CAPTURED_TRUST`.
        """
        ruled = [targets(phones, audio, style) for style in range(len(STYLES))]
        frames = len(ruled[0])
        rules = columns_of(course(ruled[0]))
        moved = self.articulation(phones, levels(audio, frames), rules)
        if captured is not None:
            own = captured * self.deviation + self.middle
            moved = (1 - CAPTURED_TRUST) * moved + CAPTURED_TRUST * own
        moved = above_rest(moved) * activity(phones, frames)[:, None]
        shut = lip_contact(phones, frames)
        faces = [
            posed(base, moved * (style.opening, style.opening, style.lips), shut)
            for base, style in zip(ruled, STYLES, strict=True)
        ]
        return np.stack(faces, axis=1).astype(np.float32)


@cache
def teacher() -> Teacher:
    """The teacher that is kept with the code."""
    return Teacher.load(TEACHER)


def above_rest(articulation: Matrix) -> Matrix:
    """Bends what lies beyond rest towards 0, so that its course stays: [T, 3] -> [T, 3].

    Weights know no less than rest, but lips are wider in spread vowels than at rest.
    """
    bent: Matrix = (articulation + np.sqrt(articulation**2 + BEND**2)) / 2
    return bent


def inputs(phones: Sequence[Phone], level: Matrix, rules: Matrix) -> Matrix:
    """The features of each frame: [T, K]."""
    return np.concatenate([features(phones, len(level)), level, RULES_UNIT * rules], axis=1)


def columns_of(of: Course) -> Matrix:
    """Jaw, lips' distance and rounding side by side: [T, 3]."""
    assert of.rounding is not None
    return np.stack([of.jaw, of.gap, of.rounding], axis=1)


def activity(phones: Sequence[Phone], frames: int) -> Matrix:
    """1 in speech and around it, 0 where the mouth rests: [T]."""
    times = (np.arange(frames) + 0.5) / FPS
    active = np.zeros(frames)
    for phone in phones:
        if phone.symbol:
            before, after = phone.start - times, times - phone.end
            into = fade(before, BREATH) * fade(after, REST_AFTER)
            np.maximum(active, into, out=active)
    return active


def fade(distance: Matrix, edges: tuple[float, float]) -> Matrix:
    """1 up to the first edge, 0 from the second on."""
    first, last = edges
    return np.clip((last - distance) / (last - first), 0, 1)


def lip_contact(phones: Sequence[Phone], frames: int) -> Matrix:
    """How far p, b and m shut the lips, 0..1: [T]."""
    spoken = [part for phone in phones for part in parts(phone)]
    return of_frames(contacts(spoken, subframe_times(frames))[:, CONTACTS.index("lips")])


def posed(base: Floats, articulation: Matrix, shut: Matrix) -> Floats:
    """The rules' weights [T, 52], moved to another jaw, lips' distance and rounding [T, 3].

    Lips part by the jaw, less what ``mouthClose`` takes back of it, and by their own movement,
    which keeps its share of the rules'. Rounding keeps the rules' shares of pucker and funnel.
    """
    weights = base.astype(np.float64)

    def shape(name: str) -> NDArray[np.float64]:
        mean: NDArray[np.float64] = weights[:, columns(name)].mean(axis=1)
        return mean

    def put(name: str, curve: NDArray[np.float64]) -> None:
        for column in columns(name):
            weights[:, column] = curve

    jaw, gap, rounding = soften(articulation).T
    gap = gap * (1 - shut)
    lower, upper = shape("mouthLowerDown"), shape("mouthUpperUp")
    share = np.clip(0.5 * lower / np.maximum(shape("jawOpen") + 0.5 * lower, 1e-3), *OWN_SHARE)
    lifted = np.maximum(share * gap, gap - jaw)
    put("jawOpen", jaw)
    put("mouthClose", np.maximum(jaw + lifted - gap, 0))
    put("mouthLowerDown", 2 * lifted)
    put("mouthUpperUp", 2 * lifted * np.minimum((upper + 0.01) / (lower + 0.03), 1))
    of_funnel = smooth_share(shape("mouthFunnel"), shape("mouthPucker"))
    put("mouthFunnel", rounding * of_funnel * (1 - shut))
    put("mouthPucker", rounding * (1 - of_funnel * (1 - shut)))
    moved: Floats = np.clip(weights, 0, 1).astype(np.float32)
    return moved


def smooth_share(one: Matrix, other: Matrix) -> Matrix:
    """The part that ``one`` has of both: [T] -> [T]."""
    return (one + 0.02) / (one + other + 0.035)
