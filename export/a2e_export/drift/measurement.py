"""What streaming costs in fidelity: graph kinds over hops and lookaheads, on your own voice.

Two references: ``recompute`` at the same hop and lookahead tells what carrying context costs; full
right context (``recompute`` with half the window to each side of a frame) tells what it costs not
to know the future yet.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from a2e.arrays import Floats
from a2e.files import whole_file
from a2e.shapes import ARKIT
from a2e.spec import GRID
from a2e_export.convert import Settings, describe
from a2e_export.network import FPS, SAMPLE_RATE, Audio2Expression
from a2e_export.streaming import KINDS, Graph, make_graph

HOPS = (3, 9, 30)
LOOKAHEADS = (0, 3, 6, 9)
BATCH = 8
LIP_STEMS = (
    *("mouthClose", "mouthFunnel", "mouthLowerDown", "mouthPress"),
    *("mouthPucker", "mouthRoll", "mouthStretch", "mouthUpperUp"),
)
LIPS = tuple(name for name in ARKIT if name.startswith(LIP_STEMS))
STILL = 0.01
"""Shapes whose standard deviation is under this don't move, and have no correlation to speak of."""


@dataclass(frozen=True)
class Distance:
    """How far one animation is from another."""

    mean: float
    """Mean absolute difference of all weights."""
    worst: float
    """Largest absolute difference."""
    jaw: float
    """Correlation of jawOpen."""
    lips: float
    """Mean correlation of the lip shapes that move."""
    shapes: dict[str, float]
    """Mean absolute difference by shape."""


@dataclass(frozen=True)
class Drift:
    """One graph kind at one hop and lookahead."""

    kind: str
    hop: int
    lookahead: int
    same: Distance
    """Against ``recompute`` at the same setting."""
    full: Distance
    """Against full right context."""


def measure_drift(
    network: Audio2Expression,
    audio: Floats,
    *,
    style: int = 0,
    window: int = 64,
    hops: Sequence[int] = HOPS,
    lookaheads: Sequence[int] = LOOKAHEADS,
    progress: Callable[[str], None] = lambda stage: None,
) -> list[Drift]:
    """Streams ``audio`` (float32 [n] at 16 kHz) through every kind at every setting.

    Frames at the clip's very end, which no setting sees whole, are left out.
    """
    shares = torch.zeros(1, network.arch.styles)
    shares[0, style] = 1
    progress("recompute")
    windows = all_windows(network, audio, shares, window)
    ahead = (window - GRID) // 2 // GRID * GRID
    count = (len(windows) * GRID - ahead) // max(hops) * max(hops)
    full = from_windows(windows, GRID, ahead)[:count]
    found = []
    for hop in hops:
        for lookahead in (one for one in lookaheads if hop + one < window):
            same = from_windows(windows, hop, lookahead)[:count]
            for kind in KINDS:
                progress(f"{kind}, hop {hop}, lookahead {lookahead}")
                settings = Settings(kind=kind, hop=hop, lookahead=lookahead, window=window)
                face = same if kind == "recompute" else animate(network, audio, shares, settings)
                face = face[: len(same)]
                found.append(
                    Drift(
                        kind,
                        hop,
                        lookahead,
                        distance(face, same),
                        distance(face, full[: len(face)]),
                    )
                )
    return found


@torch.no_grad()
def all_windows(
    network: Audio2Expression, audio: Floats, style: torch.Tensor, window: int
) -> Floats:
    """The network on the window that ends at each 100 ms of the clip: [ends, window, shapes]."""
    step, size = GRID * SAMPLE_RATE // FPS, window * SAMPLE_RATE // FPS
    heard = torch.from_numpy(np.pad(audio, (size - step, 0)))
    windows = heard.unfold(0, size, step)
    parts = [network(part, style.expand(len(part), -1)) for part in torch.split(windows, BATCH)]
    weights: Floats = torch.cat(parts).numpy()
    return weights


def from_windows(windows: Floats, hop: int, lookahead: int) -> Floats:
    """What ``recompute`` gives at a setting, frame 0 first, [n, shapes]."""
    size = windows.shape[1]
    last = windows[hop // GRID - 1 :: hop // GRID]
    frames = last[:, size - lookahead - hop : size - lookahead]
    flat: Floats = frames.reshape(-1, frames.shape[2])[lookahead:]
    return flat


def animate(
    network: Audio2Expression, audio: Floats, style: torch.Tensor, settings: Settings
) -> Floats:
    """What the torch graph of ``settings`` gives, frame 0 first, [n, shapes]."""
    graph = make_graph(network, describe(network.arch, settings, ""))
    return stream(graph, audio, style)[settings.lookahead :]


@torch.no_grad()
def stream(graph: Graph, audio: Floats, style: torch.Tensor) -> Floats:
    """All that a graph gives for whole hops of ``audio``, lookahead's unborn frames first."""
    context = graph.initial_context()
    frames = []
    size = graph.spec.hop_samples
    for hop in audio[: len(audio) // size * size].reshape(-1, size):
        weights, *context = graph(torch.from_numpy(hop[None]), style, *context)
        frames.append(weights[0])
    flat: Floats = torch.cat(frames).numpy()
    return flat


def distance(found: Floats, reference: Floats) -> Distance:
    """[n, shapes] against [n, shapes]."""
    error = np.abs(found - reference)
    moving = [
        correlation(found[:, i], reference[:, i])
        for i in map(ARKIT.index, LIPS)
        if reference[:, i].std() >= STILL
    ]
    jaw = ARKIT.index("jawOpen")
    return Distance(
        mean=float(error.mean()),
        worst=float(error.max()),
        jaw=correlation(found[:, jaw], reference[:, jaw]),
        lips=float(np.mean(moving)) if moving else 1.0,
        shapes={name: float(value) for name, value in zip(ARKIT, error.mean(axis=0), strict=True)},
    )


def correlation(a: Floats, b: Floats) -> float:
    """Pearson's; 1 for two curves that both stand still."""
    if a.std() < 1e-6 or b.std() < 1e-6:
        return float(np.allclose(a, b, atol=STILL))
    return float(np.corrcoef(a, b)[0, 1])


def table(rows: Sequence[Drift]) -> str:
    """The rows as text."""
    head = f"{'':30}{'same setting':>27}{'full right context':>30}"
    names = f"{'kind':11}{'hop':>5}{'lookahead':>11}{'':3}"
    names += f"{'mean':>10}{'jaw':>9}{'lips':>9}" * 2
    lines = [
        f"{row.kind:11}{row.hop:5}{row.lookahead:11}{'':3}"
        + "".join(f"{d.mean:10.4f}{d.jaw:9.3f}{d.lips:9.3f}" for d in (row.same, row.full))
        for row in rows
    ]
    return "\n".join([head, names, *lines])


def save_json(rows: Sequence[Drift], path: str | Path) -> None:
    with whole_file(path) as file:
        file.write(json.dumps([asdict(row) for row in rows], indent=1).encode())


def save_plot(rows: Sequence[Drift], path: str | Path) -> None:
    """Correlation with full right context over latency, and the drift of each shape."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 8), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(2, 1.4))
    for kind, marker in zip(KINDS, "osx", strict=True):
        for hop, colour in zip(HOPS, ("C0", "C1", "C2"), strict=True):
            line = [row for row in rows if (row.kind, row.hop) == (kind, hop)]
            latency = [(row.hop + row.lookahead) / 30 for row in line]
            lips = [row.full.lips for row in line]
            left.plot(latency, lips, marker=marker, color=colour, label=f"{kind}, hop {hop}")
    left.set(xlabel="hop + lookahead, s", ylabel="lip correlation with full right context")
    left.legend(fontsize="small")
    left.grid(alpha=0.3)
    cached = [row for row in rows if row.kind == "cached"]
    errors = np.array([[row.same.shapes[name] for name in ARKIT] for row in cached])
    image = right.imshow(errors.T, aspect="auto", cmap="magma_r")
    right.set_yticks(range(len(ARKIT)), ARKIT, fontsize=6)
    right.set_xticks(
        range(len(cached)), [f"{row.hop}+{row.lookahead}" for row in cached], rotation=90
    )
    right.set_title("cached against recompute,\nmean absolute difference", fontsize="medium")
    figure.colorbar(image, ax=right)
    with whole_file(path) as file:
        figure.savefig(file, format="png", dpi=90)
