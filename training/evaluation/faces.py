"""How near a model's faces come to real ones: ``python -m training.evaluation.faces FOLDER``.

FOLDER holds groups of captured faces (see `captures`). Every clip is animated as ``a2e`` does by
default and compared alone; a group's scores are means over its clips, weighed by their length:

- ``jaw``, ``lips``, ``round``: correlation of the jaw's opening, of the lips' distance, and of
  rounding (mouthPucker + mouthFunnel) with the captured face;
- ``closed``: of the moments in speech at which the real lips are closed, how well a small distance
  of the model's tells them from the others: area under the ROC curve, 0.5 is chance.

Beside them, over all of a group's frames: ``… deviation`` and ``… reach``, the model's standard
deviation and 95th percentile against the truth's, where that was captured as ARKit weights; and
``lag``, the shift in frames at which lips agree best (positive: the model is late). ``--row`` adds
a row to a file of JSON lines, by names of groups only.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from a2e.shapes import ARKIT
from training.evaluation.metrics import LAGS
from training.evaluation.report import table
from training.labels.captures import Capture, Course, Curve, captures, course
from training.labels.curves import FPS

Animate = Callable[[NDArray[np.float32], int], NDArray[np.float32]]
"""(audio [n], rate in Hz) -> ARKit weights [ceil(n * 30 / rate), 52]"""
Scores = dict[str, float]

MEASURES = ("jaw", "lips", "round")
EDGE = 3  # frames at both ends of a clip that are not compared
STILL = 1e-4  # standard deviation under which a curve is none
SHUT = 0.12  # of the way from a clip's least distance of lips to its greatest: under it, closed
LOUD = 0.1  # of a clip's loud frames: over it there is speech, and 2 frames around


def evaluate(folder: Path, animate: Animate, groups: Sequence[str] = ()) -> dict[str, Scores]:
    """Scores of every group in ``folder``, or of those named."""
    chosen = (c for c in captures(folder) if not groups or c.group in groups)
    table = {}
    for group, clips in groupby(chosen, key=lambda capture: capture.group):
        table[group] = group_scores([(clip, animate(*clip.sound)) for clip in clips])
    return table


def group_scores(clips: Sequence[tuple[Capture, NDArray[np.float32]]]) -> Scores:
    pairs = [(capture, made, *aligned(capture, made)) for capture, made in clips]
    rows = [clip_scores(capture, *ours) for capture, _, *ours in pairs]
    lengths = [len(made) for _, made, *_ in pairs]
    scores: Scores = {}
    for name in (*MEASURES, "closed"):
        known = [(row[name], n) for row, n in zip(rows, lengths, strict=True) if name in row]
        values, weights = zip(*known, strict=True) if known else ((), ())
        scores[name] = float(np.average(values, weights=weights)) if known else float("nan")
    for name in MEASURES:
        if all(capture.weighed(name) for capture, *_ in pairs):
            made, real = (
                np.concatenate([measure(both[side], name) for _, _, *both in pairs])
                for side in (0, 1)
            )
            scores[f"{name} deviation"] = float(made.std() / real.std())
            scores[f"{name} reach"] = float(np.percentile(made, 95) / np.percentile(real, 95))
    scores["lag"] = float(best_lag([both for _, _, *both in pairs]))
    return scores


def aligned(capture: Capture, made: NDArray[np.float32]) -> tuple[Course, Course]:
    """The model's course and the real one at the same times, without the clip's edges."""
    frames, lag = len(made), capture.lag
    ours, real = course(made, ARKIT), capture.truth(frames)
    return (
        trimmed(ours, slice(EDGE, frames - lag - EDGE)),
        trimmed(real, slice(EDGE + lag, frames - EDGE)),
    )


def trimmed(whole: Course, kept: slice) -> Course:
    rounding = None if whole.rounding is None else whole.rounding[kept]
    return Course(whole.jaw[kept], whole.gap[kept], rounding)


def measure(of: Course, name: str) -> Curve:
    """The curve of one of `MEASURES`."""
    curve = {"jaw": of.jaw, "lips": of.gap, "round": of.rounding}[name]
    assert curve is not None
    return curve


def clip_scores(capture: Capture, made: Course, real: Course) -> Scores:
    scores = {"jaw": correlation(made.jaw, real.jaw), "lips": correlation(made.gap, real.gap)}
    if made.rounding is not None and real.rounding is not None:
        scores["round"] = correlation(made.rounding, real.rounding)
    frames = len(made.gap) + capture.lag + 2 * EDGE
    speech = speech_frames(*capture.sound, frames)[EDGE : EDGE + len(made.gap)]
    least, greatest = np.percentile(real.gap, (2, 95))
    shut = real.gap < least + SHUT * (greatest - least)
    if speech.sum() > 20 and 2 < (shut & speech).sum() < speech.sum() - 2:
        scores["closed"] = area_under_curve(-made.gap[speech], shut[speech])
    return scores


def correlation(made: Curve, real: Curve) -> float:
    """Pearson's; 0 where the model stands still."""
    if made.std() <= STILL or real.std() <= 1e-9:
        return 0.0
    return float(np.corrcoef(made, real)[0, 1])


def speech_frames(audio: NDArray[np.float32], rate: int, frames: int) -> NDArray[np.bool_]:
    """Which frames are loud, or within two frames of one that is: [frames]."""
    edges = (np.arange(frames + 1) * rate / FPS).astype(int)
    levels = np.array(
        [
            np.sqrt(np.mean(audio[a:b] ** 2) + 1e-12) if a < len(audio) else 0.0
            for a, b in pairwise(edges)
        ]
    )
    loud = levels > LOUD * np.percentile(levels, 95)
    return np.convolve(loud, np.ones(5), "same") > 0


def area_under_curve(score: Curve, positive: NDArray[np.bool_]) -> float:
    """The chance that a positive scores higher than a negative (Mann & Whitney 1947)."""
    _values, place, count = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[place]  # ties share their mean rank
    positives, negatives = positive.sum(), (~positive).sum()
    surplus = ranks[positive].sum() - positives * (positives + 1) / 2
    return float(surplus / (positives * negatives))


def best_lag(pairs: Sequence[Sequence[Course]]) -> int:
    """The shift in frames at which the lips of all clips together agree best."""

    def agreement(lag: int) -> float:
        edge = max(LAGS)
        pieces = [
            (made.gap[edge + lag : len(made.gap) - edge + lag], real.gap[edge:-edge])
            for made, real in pairs
        ]
        lengths = [len(real) for _, real in pieces]
        return float(np.average([correlation(*piece) for piece in pieces], weights=lengths))

    return max(LAGS, key=agreement)


def open_model(path: Path | None, *, raw: bool, low_latency: bool) -> Animate:
    """A converted file, or the bundled model; ``raw`` leaves out post-processing."""
    import a2e

    model = a2e.load(path, low_latency=low_latency)
    post = None if raw else a2e.Live()
    return lambda audio, rate: model.animate(audio, rate, seed=0, post=post).weights


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", type=Path, help="a converted file; default: the bundled model")
    parser.add_argument("--only", nargs="+", default=(), metavar="GROUP")
    parser.add_argument("--raw", action="store_true", help="without post-processing")
    parser.add_argument("--low-latency", action="store_true", help="as a2e.load has it")
    parser.add_argument("--row", type=Path, help="a file of JSON lines that gets a row")
    parser.add_argument("--name", default="bundled", help="of the model, in the row")
    options = parser.parse_args()
    animate = open_model(options.model, raw=options.raw, low_latency=options.low_latency)
    scores = evaluate(options.folder, animate, options.only)
    if not scores:
        parser.error(f"expected folders of clips in {options.folder}: NAME.flac beside NAME.npz")
    rounded = {g: {k: round(v, 3) for k, v in row.items() if v == v} for g, row in scores.items()}
    columns = list(dict.fromkeys(key for row in rounded.values() for key in row))
    print(table({g: {key: row.get(key) for key in columns} for g, row in rounded.items()}))
    both = [row[key] for row in rounded.values() for key in ("jaw", "lips")]
    print(f"\nmean of jaw and lips: {np.mean(both):.3f}")
    if options.row:
        with options.row.open("a") as rows:
            rows.write(json.dumps({"name": options.name, "groups": rounded}) + "\n")


if __name__ == "__main__":
    main()
