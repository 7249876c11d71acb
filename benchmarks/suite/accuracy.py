"""Fidelity and speed of smaller precisions against float32, on speech.

    python -m benchmarks accuracy [--models bundled] [--audio voice.wav ...]

Raw weights (no post-processing) of whole clips, at the same kind, hop and lookahead: mean and
largest absolute difference, mean correlation of the lip shapes that move, and the lowest of them by
name. LAM's size has random weights here, so its correlations say little of a trained face.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

import a2e
from a2e.arrays import Floats
from a2e.data import SPEECH
from a2e_export.drift.metrics import LIPS, STILL, correlation
from a2e_export.speech import read_speech
from benchmarks.harness.command import options, run
from benchmarks.harness.launch import Worker
from benchmarks.harness.models import PRECISIONS, Variant, file_of, ready, shipped
from benchmarks.harness.rows import ROOT, Samples, write_row

LEAST, SECONDS = 20, 1.0


def settings(model: str) -> list[Variant]:
    """In float32; the live setting, without lookahead, and upstream's hop."""
    if model == "bundled":
        own = shipped(precision="float32")
        return [own, replace(own, lookahead=0), replace(own, kind="recompute", hop=30, lookahead=0)]
    return [Variant(model, kind="cached", hop=3), Variant(model, kind="recompute", hop=30)]


def at(setting: Variant, precision: str) -> Variant:
    return replace(setting, precision=precision)


def work(arguments: argparse.Namespace) -> None:
    print(
        f"{'':36}{'clip':26}{'mean':>9}{'max':>8}{'lips':>8}{'lowest':>8}  {'of':22}"
        f"{'ms':>7}{'speed-up':>9}{'MB':>8}"
    )
    for setting in (variant for model in arguments.models for variant in settings(model)):
        measured = ready(at(setting, precision) for precision in PRECISIONS)
        if setting in measured and len(measured) > 1:
            compare(
                setting, [variant for variant in measured if variant != setting], arguments.audio
            )


def compare(reference: Variant, others: list[Variant], clips: list[Path]) -> None:
    times = cost([reference, *others])
    for clip in clips:
        audio = read_speech(clip, 16_000)
        expected = weights(reference, audio)
        for variant in others:
            report(variant, clip, weights(variant, audio), expected, times)


def cost(variants: list[Variant]) -> dict[str, Samples]:
    """Times of a hop by precision."""
    times = {}
    for variant in variants:
        with Worker(variant) as worker:
            times[variant.precision] = Samples.of(worker.ask("steps", least=LEAST, seconds=SECONDS))
    return times


def weights(variant: Variant, audio: Floats) -> Floats:
    """Raw weights of a clip at 16 kHz, [n, shapes]."""
    measured: Floats = a2e.load(file_of(variant)).animate(audio, 16_000, post=None).weights
    return measured


def report(
    variant: Variant, clip: Path, measured: Floats, expected: Floats, times: dict[str, Samples]
) -> None:
    error = np.abs(measured - expected)
    lips = {
        name: round(correlation(measured[:, i], expected[:, i]), 5)
        for i, name in enumerate(a2e.load(file_of(variant)).names)
        if name in LIPS and expected[:, i].std() >= STILL
    }
    own, full = times[variant.precision], times["float32"]
    mean = round(float(np.mean(list(lips.values()))), 5) if lips else 1.0
    lowest = min(lips, key=lambda name: lips[name], default="")
    facts = {
        "clip": clip.name,
        "seconds": round(len(measured) / 30, 2),
        "mean_abs": round(float(error.mean()), 6),
        "max_abs": round(float(error.max()), 5),
        "lips_correlation": mean,
        "lips": lips,
        "times_float32": round(full.p50 / own.p50, 3),
        "float32_file_mb": round(file_of(at(variant, "float32")).stat().st_size / 1e6, 2),
    }
    row = variant.row(
        "accuracy",
        cores=1,
        time_ms=own,
        real_time_factor=round(own.p50 / variant.hop_ms, 5),
        facts=facts,
    )
    write_row(row)
    print(
        f"{variant!s:36}{clip.name[:24]:26}{facts['mean_abs']:9.5f}{facts['max_abs']:8.4f}"
        f"{mean:8.4f}{lips.get(lowest, 1.0):8.4f}  {lowest:22}{own.p50:7.2f}"
        f"{facts['times_float32']:8.2f}x{row.file_mb:8.1f}"
    )


def main() -> None:
    parser = options(__doc__, models=("bundled",))
    clips = [SPEECH, ROOT / "tests" / "golden" / "speech24k.wav"]
    parser.add_argument("--audio", type=Path, nargs="+", default=clips)
    run(work, parser)


if __name__ == "__main__":
    main()
