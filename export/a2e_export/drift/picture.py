"""A picture of drift: fidelity over latency, and the error of each shape."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from a2e.files import whole_file
from a2e.shapes import ARKIT
from a2e_export.drift.measurement import HOPS, Drift
from a2e_export.network import FPS
from a2e_export.streaming import KINDS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage

MARKERS = "osx"
"""A marker for each graph kind."""
COLOURS = ("C0", "C1", "C2")
"""A colour for each hop."""


def save_plot(rows: Sequence[Drift], path: str | Path) -> None:
    """Writes the picture as PNG; raises :class:`a2e.OptionError` where it can't."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 8), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(2, 1.4))
    plot_fidelity(left, rows)
    figure.colorbar(plot_shapes(right, [row for row in rows if row.kind == "cached"]), ax=right)
    with whole_file(path) as file:
        figure.savefig(file, format="png", dpi=90)


def plot_fidelity(axes: Axes, rows: Sequence[Drift]) -> None:
    """Lip correlation with full right context over latency, a line for each kind and hop."""
    for kind, marker in zip(KINDS, MARKERS, strict=True):
        for hop, colour in zip(HOPS, COLOURS, strict=True):
            line = [row for row in rows if (row.kind, row.hop) == (kind, hop)]
            latency = [(row.hop + row.lookahead) / FPS for row in line]
            lips = [row.full.lips for row in line]
            axes.plot(latency, lips, marker=marker, color=colour, label=f"{kind}, hop {hop}")
    axes.set(xlabel="hop + lookahead, s", ylabel="lip correlation with full right context")
    axes.legend(fontsize="small")
    axes.grid(alpha=0.3)


def plot_shapes(axes: Axes, rows: Sequence[Drift]) -> AxesImage:
    """The error of each shape at each setting of ``cached``."""
    errors = np.array([[row.same.shapes[name] for name in ARKIT] for row in rows])
    image = axes.imshow(errors.T, aspect="auto", cmap="magma_r")
    axes.set_yticks(range(len(ARKIT)), ARKIT, fontsize=6)
    axes.set_xticks(range(len(rows)), [f"{row.hop}+{row.lookahead}" for row in rows], rotation=90)
    axes.set_title("cached against recompute,\nmean absolute difference", fontsize="medium")
    return image
