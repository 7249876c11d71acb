"""A picture of a clip: its curves beside their targets, its phones over the spectrogram."""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from training.evaluation.metrics import SHAPES, Floats, Sample, curve
from training.labels.curves import CLOSED_GAP, FPS, columns, lip_gap
from training.speech.utterance import SAMPLE_RATE

MORE_SHAPES = ("mouthClose", "mouthUpperUp", "mouthPress", "mouthRollLower", "mouthSmile")
INCHES_PER_SECOND = 2.4
NFFT, OVERLAP = 256, 192


def draw(sample: Sample, audio: Floats, picture: Path) -> None:
    """``audio`` [n] at 16 kHz and its curves to a PNG, shape by shape."""
    seconds = len(audio) / SAMPLE_RATE
    rows = 2 + len(SHAPES) - 1 + len(MORE_SHAPES)
    width = max(8, INCHES_PER_SECOND * seconds)
    heights = [2.4] + [1.0] * (rows - 1)
    figure, axes = plt.subplots(
        rows, 1, figsize=(width, 14), sharex=True, height_ratios=heights, layout="constrained"
    )
    spectrogram(axes[0], sample, audio)
    wanted, output = lip_gap(sample.wanted), lip_gap(sample.made)
    compare(axes[1], "lip gap", wanted, output)
    axes[1].axhline(CLOSED_GAP, color="grey", linewidth=0.6)
    for axis, shape in zip(axes[2:], (*SHAPES[:-1], *MORE_SHAPES), strict=True):
        if shape in SHAPES:
            compare(axis, shape, curve(sample.wanted, shape), curve(sample.made, shape))
        else:
            mean = [w[:, columns(shape)].mean(axis=1) for w in (sample.wanted, sample.made)]
            compare(axis, shape, *mean)
    for axis in axes[1:]:
        for phone in sample.phones:
            if phone.labial:
                axis.axvspan(phone.start, phone.end, color="tab:red", alpha=0.12, linewidth=0)
            elif not phone.symbol:
                axis.axvspan(phone.start, phone.end, color="grey", alpha=0.12, linewidth=0)
    axes[-1].set(xlim=(0, seconds), xlabel="s (red: p, b, m; grey: pause)")
    axes[0].set_title(f"{sample.name}: model (blue) and targets from phones (dashed)")
    figure.savefig(picture, dpi=80)
    plt.close(figure)


def spectrogram(axis: Axes, sample: Sample, audio: Floats) -> None:
    quiet = np.random.default_rng(0).normal(0, 1e-5, len(audio))  # no log of zero
    axis.specgram(audio + quiet, NFFT=NFFT, noverlap=OVERLAP, Fs=SAMPLE_RATE, cmap="magma")
    for phone in sample.phones:
        axis.axvline(phone.start, color="white", linewidth=0.5)
        axis.text((phone.start + phone.end) / 2, 7_200, phone.symbol, color="white", ha="center")


def compare(axis: Axes, name: str, wanted: Floats, output: Floats) -> None:
    middle = 0.5 / FPS
    axis.plot(np.arange(len(wanted)) / FPS + middle, wanted, "k--", linewidth=0.9)
    axis.plot(np.arange(len(output)) / FPS + middle, output, "tab:blue")
    axis.set_ylabel(name, rotation=0, ha="right", fontsize=8)
    axis.set_ylim(-0.05, max(0.4, float(max(wanted.max(), output.max())) * 1.1))
