"""Scores of a model on held-out voices and languages, streaming and at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from a2e_export.network import Audio2Expression
from training.evaluation.metrics import SLACK, correlation, curve
from training.labels.curves import CLOSED_GAP, lip_gap
from training.labels.shards import Shard
from training.labels.targets import STYLES
from training.model import streaming
from training.model.batches import SHIPPED, WINDOW, cut
from training.model.streaming import Blocks

SHAPES = (
    "jawOpen",
    "mouthFunnel",
    "mouthPucker",
    "mouthStretch",
    "mouthLowerDown",
    "mouthPress",
    "mouthRollLower",
)
STEP = WINDOW // 3 * 3  # frames between windows
WINDOWS_AT_ONCE = 64

Floats = NDArray[np.float32]


def validate(
    model: Audio2Expression, shards: Sequence[Shard], device: torch.device, windows: int
) -> dict[str, float]:
    """Correlations by shape, the share of closed labials and the mean of |error|; each is given
    for windows seen at once and, under ``stream_…``, as the shipped file streams."""
    scores: dict[str, float] = {}
    for prefix, blocks in (("", None), ("stream_", SHIPPED)):
        output, wanted, labials = run(model, shards, device, windows, blocks)
        scores |= {f"{prefix}{k}": v for k, v in score(output, wanted, labials).items()}
    return scores


@torch.inference_mode()
def run(
    model: Audio2Expression,
    shards: Sequence[Shard],
    device: torch.device,
    windows: int,
    blocks: Blocks | None,
) -> tuple[Floats, Floats, NDArray[np.int32]]:
    """Curves made and wanted [windows * F, 52] in neutral style, and the labials in them [k, 2]."""
    places = [(s, f) for s in shards for f in range(0, len(s.targets) - WINDOW, STEP)]
    chosen = [places[i] for i in np.linspace(0, len(places) - 1, windows).astype(int)]
    pieces = [cut(shard, first, WINDOW, 0) for shard, first in chosen]
    output = []
    for i in range(0, len(pieces), WINDOWS_AT_ONCE):
        audio = torch.from_numpy(np.stack([a for a, _ in pieces[i : i + WINDOWS_AT_ONCE]]))
        style = torch.eye(len(STYLES))[:1].expand(len(audio), -1).to(device)
        audio = audio.to(device)
        out = streaming.forward(model, audio, style, blocks)
        output.append(out.float().cpu().numpy().reshape(-1, 52))
    labials = [inside(s, first) + i * WINDOW for i, (s, first) in enumerate(chosen)]
    wanted = np.concatenate([curves for _, curves in pieces])
    return np.concatenate(output), wanted, np.concatenate(labials)


def inside(shard: Shard, first: int) -> NDArray[np.int32]:
    """The labials that lie well inside the window from ``first`` on, from its start: [k, 2]."""
    spans = shard.labials - first
    return spans[(spans[:, 0] >= 2) & (spans[:, 1] < WINDOW - 2)]


def score(output: Floats, wanted: Floats, labials: NDArray[np.int32]) -> dict[str, float]:
    scores = {s: correlation(curve(output, s), curve(wanted, s)) for s in SHAPES}
    gap = lip_gap(output)
    shut = [gap[a - SLACK : b + 1 + SLACK].min() < CLOSED_GAP for a, b in labials]
    return scores | {"closed": float(np.mean(shut)), "error": float(np.abs(output - wanted).mean())}
