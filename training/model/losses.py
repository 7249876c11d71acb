"""The losses that training minimises: distances of curves from targets, weighed as an eye would."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from training.labels.curves import CLOSED_GAP, columns
from training.labels.letters import UNKNOWN
from training.labels.shards import Shard

SMALLEST_SPREAD = 0.01  # a shape's deviation counts as this at least
STILL = 0.1  # importance of a shape that speech does not move
OUTLIER = 3.0  # deviations from where on an error counts linearly
IMPORTANCE = {
    "jawOpen": 3.0,
    "mouthClose": 3.0,
    "mouthFunnel": 4.0,
    "mouthPucker": 4.0,
    "mouthSmile": 0.5,  # these three move with mouthStretch
    "mouthDimple": 0.5,
    "cheekSquint": 0.5,
}
VELOCITY_WEIGHT = 0.5
GAP_WEIGHT, GAP_SPREAD = 0.25, 0.2
CLOSED_WEIGHT = 6.0  # of closed frames in the gap's loss
NEWEST, NEWEST_WEIGHT = 12, 2.0  # a stream shows a window's last frames only


def spreads(shards: Sequence[Shard]) -> Tensor:
    """The standard deviation of every shape over some of the data: [52]."""
    deviations = np.stack(
        [shard.targets[:, 0].astype(np.float32).std(axis=0) for shard in shards[:6]]
    )
    return torch.from_numpy(deviations.mean(axis=0)).clamp(min=SMALLEST_SPREAD)


def importance(spread: Tensor) -> Tensor:
    """Each shape's share of the loss: [52]."""
    weights = torch.ones_like(spread)
    for name, value in IMPORTANCE.items():
        weights[columns(name)] = value
    weights[spread <= SMALLEST_SPREAD] = STILL
    return weights / weights.sum()


def frame_weights(counted: Tensor, *, newest_first: bool) -> Tensor:
    """[B, F] -> [B, F]: ``counted``, and the newest frames more where only they will be shown."""
    weights = counted.clone()
    if newest_first:
        weights[:, -NEWEST:] *= NEWEST_WEIGHT
    return weights


def loss(made: Tensor, wanted: Tensor, weights: Tensor, spread: Tensor) -> Tensor:
    """Scalar, from curves [B, F, 52], frame weights [B, F] and the shapes' spreads [52]."""
    error = (made - wanted) / spread
    share = importance(spread)
    distance = F.huber_loss(error, torch.zeros_like(error), reduction="none", delta=OUTLIER)
    total = (distance * share).sum(dim=2)
    change = (error.diff(dim=1).square() * share).sum(dim=2)
    moving = weighted_mean(change, (weights[:, 1:] * weights[:, :-1]).sqrt())
    gap, wanted_gap = lip_gap(made), lip_gap(wanted)
    shut = 1 + (CLOSED_WEIGHT - 1) * (wanted_gap < CLOSED_GAP)
    sealing = shut * ((gap - wanted_gap) / GAP_SPREAD).square()
    return weighted_mean(total + GAP_WEIGHT * sealing, weights) + VELOCITY_WEIGHT * moving


def deep_loss(guesses: Sequence[Tensor], wanted: Tensor, weights: Tensor, spread: Tensor) -> Tensor:
    """Scalar, from linear guesses of the moved shapes in their spreads [B, F, 52]."""
    share = importance(spread)
    errors = [
        (F.smooth_l1_loss(guess.float(), wanted / spread, reduction="none") * share).sum(dim=2)
        for guess in guesses
    ]
    return weighted_mean(torch.stack(errors).sum(dim=0), weights)


def letters_loss(guesses: Sequence[Tensor], spoken: Tensor, weights: Tensor) -> Tensor:
    """Scalar, from guesses of the letters [B, F, P * classes] and what they are [B, F, P]."""
    entropies = [
        F.cross_entropy(
            guess.float().reshape(spoken.numel(), -1),
            spoken.flatten(),
            ignore_index=UNKNOWN,
            reduction="none",
        )
        for guess in guesses
    ]
    mean = torch.stack(entropies).mean(dim=0).reshape(spoken.shape).mean(dim=2)
    return weighted_mean(mean, weights)


def weighted_mean(x: Tensor, weights: Tensor) -> Tensor:
    return (x * weights).sum() / weights.sum()


def lip_gap(weights: Tensor) -> Tensor:
    """`curves.lip_gap` of tensors, [B, F, 52] -> [B, F]."""
    jaw, close, lower, upper = (
        weights[..., columns(name)].mean(dim=-1)
        for name in ("jawOpen", "mouthClose", "mouthLowerDown", "mouthUpperUp")
    )
    return jaw - close + 0.5 * (lower + upper)
