"""The course of a training run as a picture."""

from __future__ import annotations

import json
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from training.evaluation.validation import SHAPES


def draw(log: Path, picture: Path) -> None:
    """``log`` as `train.report` writes it, to a PNG."""
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    minutes = [row["minutes"] for row in rows]
    figure, (top, bottom) = plt.subplots(2, 1, figsize=(9, 8), sharex=True)
    top.plot(minutes, [row["loss"] for row in rows])
    top.set_ylabel("training loss")
    for i, name in enumerate((*SHAPES, "closed")):
        bottom.plot(minutes, [row[name] for row in rows], f"C{i}", label=name)
        bottom.plot(minutes, [row[f"stream_{name}"] for row in rows], f"C{i}:")
    bottom.set(xlabel="minutes", ylabel="held-out (dotted: streaming)", ylim=(0.4, 1))
    bottom.legend(fontsize=8)
    bottom.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(picture, dpi=90)
    plt.close(figure)
