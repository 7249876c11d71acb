"""Measures drift: every graph kind at every hop and lookahead, against both references."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from a2e.arrays import Floats
from a2e.spec import GRID
from a2e_export.drift.metrics import Distance, distance
from a2e_export.drift.reference import all_windows, from_windows, full_context, right_context
from a2e_export.drift.streams import animate
from a2e_export.network import Audio2Expression
from a2e_export.settings import Settings
from a2e_export.streaming import KINDS

HOPS = (3, 9, 30)
LOOKAHEADS = (0, 3, 6, 9)


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
    one_hot = torch.zeros(1, network.arch.styles)
    one_hot[0, style] = 1
    progress("recompute")
    windows = all_windows(network, audio, one_hot, window)
    count = (len(windows) * GRID - right_context(window)) // max(hops) * max(hops)
    full = full_context(windows)[:count]
    rows = []
    for hop in hops:
        for lookahead in (frames for frames in lookaheads if hop + frames < window):
            same = from_windows(windows, hop, lookahead)[:count]
            for kind in KINDS:
                progress(f"{kind}, hop {hop}, lookahead {lookahead}")
                settings = Settings(kind=kind, hop=hop, lookahead=lookahead, window=window)
                face = same if kind == "recompute" else animate(network, audio, one_hot, settings)
                face = face[: len(same)]
                distances = distance(face, same), distance(face, full[: len(face)])
                rows.append(Drift(kind, hop, lookahead, *distances))
    return rows
