"""Scores of curves against their targets, in the terms of the model card.

Shapes: T frames of 1/30 s, 52 ARKit weights.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from a2e.shapes import ARKIT
from training.labels.curves import CLOSED_GAP, FPS, columns, lip_gap
from training.speech.utterance import Phone

Floats = NDArray[np.float32]

SHAPES = (
    "jawOpen", "mouthFunnel", "mouthPucker", "mouthStretch", "mouthLowerDown", "lips closed",
)  # fmt: skip
"""The last is the lip gap, the others are named as in ARKit without Left and Right."""
MOUTH = [i for i, name in enumerate(ARKIT) if name.startswith(("mouth", "jaw"))]

OPEN_VOWELS = tuple("aæɑɐɒ")
SLACK = 1  # frame around a p, b or m in which lips may shut
LONG_VOWEL = 0.08  # s; of open vowels this long it is asked that the lips part
SETTLE = 0.15  # s after speech and before it in which a mouth may still move in a pause
PAUSE = 0.4  # s, the shortest silence in which rest is measured
STILL = 0.005  # standard deviation of targets under which a correlation would mean nothing
LAGS = range(-4, 5)  # frames


@dataclass
class Sample:
    """A clip with its targets and what a model made of it."""

    name: str
    phones: Sequence[Phone]
    wanted: Floats
    """[T, 52]"""
    made: Floats
    """[T, 52]"""
    tags: set[str] = field(default_factory=set)


def curve(weights: Floats, shape: str) -> Floats:
    """One of `SHAPES`: [T, 52] -> [T], both sides of the face averaged."""
    if shape == "lips closed":
        gap: Floats = lip_gap(weights)
        return -gap
    mean: Floats = weights[:, columns(shape)].mean(axis=1)
    return mean


def correlation(made: Floats, wanted: Floats) -> float:
    """Pearson's; NaN where the targets hardly move, 0 where the model doesn't."""
    if wanted.std() < STILL:
        return float("nan")
    return float(np.corrcoef(made, wanted)[0, 1]) if np.ptp(made) > 0 else 0.0


def correlations(samples: Iterable[Sample]) -> dict[str, float]:
    """By shape, over the frames of all samples."""
    pairs = [(s.made[: len(s.wanted)], s.wanted[: len(s.made)]) for s in samples]
    if not pairs:
        return {}
    made, wanted = (np.concatenate(x) for x in zip(*pairs, strict=True))
    return {shape: correlation(curve(made, shape), curve(wanted, shape)) for shape in SHAPES}


def closed_share(samples: Iterable[Sample]) -> tuple[float, int]:
    """The share of p, b and m on which the lips close, and how many there are."""
    shut = [
        bool(lip_gap(frames).min() < CLOSED_GAP)
        for sample in samples
        for phone in sample.phones
        if phone.labial and len(frames := near(sample.made, phone, SLACK))
    ]
    return float(np.mean(shut)) if shut else float("nan"), len(shut)


def open_share(samples: Iterable[Sample]) -> tuple[float, int]:
    """The share of long open vowels in whose middle the lips part, and how many there are."""
    apart = [
        bool(lip_gap(frames).max() > CLOSED_GAP)
        for sample in samples
        for phone in sample.phones
        if phone.symbol.startswith(OPEN_VOWELS)
        and phone.end - phone.start > LONG_VOWEL
        and len(frames := near(sample.made, phone, 0))
    ]
    return float(np.mean(apart)) if apart else float("nan"), len(apart)


def near(weights: Floats, phone: Phone, slack: int) -> Floats:
    """The frames that a phone touches, and ``slack`` on both sides."""
    first, last = int(phone.start * FPS), int(np.ceil(phone.end * FPS))
    return weights[max(first - slack, 0) : last + slack]


def rest_frames(sample: Sample) -> Floats:
    """The frames of long pauses in which the mouth should rest: [k, 52]."""
    parts = [
        sample.made[int(np.ceil((p.start + SETTLE) * FPS)) : int((p.end - SETTLE) * FPS)]
        for p in sample.phones
        if not p.symbol and p.end - p.start >= PAUSE
    ]
    return np.concatenate([*parts, sample.made[:0]])


def rest(frames: Floats) -> dict[str, float]:
    """The stillness of the mouth over frames [k, 52] in which nobody speaks."""
    if not len(frames):
        return {}
    return {
        "mean of mouth shapes": float(frames[:, MOUTH].mean()),
        "mean jawOpen": float(curve(frames, "jawOpen").mean()),
        "greatest jawOpen": float(curve(frames, "jawOpen").max()),
        "frames": len(frames),
    }


def best_lag(sample: Sample) -> tuple[int, float]:
    """The shift in frames (positive: the model is late) at which jawOpen agrees best."""
    made, wanted = curve(sample.made, "jawOpen"), curve(sample.wanted, "jawOpen")
    frames = min(len(made), len(wanted))
    edge = max(LAGS)
    scores = {
        lag: correlation(made[edge + lag : frames - edge + lag], wanted[edge : frames - edge])
        for lag in LAGS
    }
    lag = max(scores, key=lambda key: scores[key])
    return lag, scores[lag]


def scores(samples: list[Sample]) -> dict[str, Any]:
    """Everything that the model card says of a group of samples."""
    closed, labials = closed_share(samples)
    apart, vowels = open_share(samples)
    resting = np.concatenate([rest_frames(s) for s in samples])
    return {
        **correlations(samples),
        "closed on p b m": closed,
        "p b m": labials,
        "apart on open vowels": apart,
        "open vowels": vowels,
        "rest": rest(resting),
    }
