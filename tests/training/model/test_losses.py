"""Losses: what they weigh, and that training's parts bring them down."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from a2e.shapes import ARKIT
from training.labels.letters import CLASSES, UNKNOWN
from training.model import losses, network
from training.model import trainer as training
from training.model.batches import Batch, samples_of
from training.model.streaming import Blocks

JAW, CLOSE = ARKIT.index("jawOpen"), ARKIT.index("mouthClose")
SPREAD = torch.full((52,), 0.1)
TINY = replace(network.ARCHITECTURE, conv_dims=(32,) * 5, hidden=32, layers=1, intermediate=64)


def error(made: Tensor, wanted: Tensor) -> float:
    return losses.loss(made, wanted, torch.ones(made.shape[:2]), SPREAD).item()


def test_no_error_costs_nothing() -> None:
    curves = torch.rand(2, 20, 52, generator=torch.Generator().manual_seed(0))
    assert error(curves, curves) == 0


def test_lips_that_should_be_closed_cost_more_than_lips_that_should_be_open() -> None:
    shut, apart = torch.zeros(1, 9, 52), torch.zeros(1, 9, 52)
    shut[..., JAW] = shut[..., CLOSE] = apart[..., JAW] = 0.4
    ajar = shut.clone()
    ajar[..., CLOSE] = 0.2
    assert error(ajar, shut) > 2 * error(ajar, apart)


def test_rounding_counts_more_than_what_nobody_sees() -> None:
    still = torch.zeros(1, 9, 52)
    pucker, brow = still.clone(), still.clone()
    pucker[..., ARKIT.index("mouthPucker")] = 0.1
    brow[..., ARKIT.index("browInnerUp")] = 0.1
    spread = SPREAD.clone()
    spread[ARKIT.index("browInnerUp")] = losses.SMALLEST_SPREAD
    share = losses.importance(spread)
    assert share.sum().item() == pytest.approx(1)
    assert share[ARKIT.index("mouthPucker")] > 10 * share[ARKIT.index("browInnerUp")]


def test_frames_that_do_not_count_cost_nothing() -> None:
    wanted, made = torch.zeros(1, 30, 52), torch.zeros(1, 30, 52)
    made[:, :5] = 0.5
    counted = torch.ones(1, 30)
    counted[:, :6] = 0
    weights = losses.frame_weights(counted, newest_first=True)
    assert losses.loss(made, wanted, weights, SPREAD).item() == 0
    assert weights[0, -1] == losses.NEWEST_WEIGHT
    assert weights[0, 6] == 1


def test_letters_cost_nothing_when_known_and_unknown_ones_never() -> None:
    spoken = torch.tensor([[[3, 4], [UNKNOWN, 5]]])
    sure = torch.full((1, 2, 2, len(CLASSES)), -20.0)
    for place, letter in (((0, 0), 3), ((0, 1), 4), ((1, 1), 5)):
        sure[0, place[0], place[1], letter] = 20.0
    guess = sure.flatten(2)
    assert losses.letters_loss([guess], spoken, torch.ones(1, 2)).item() < 1e-6
    blind = torch.zeros_like(guess)
    expected = np.log(len(CLASSES)) * 3 / 4
    cost = losses.letters_loss([blind], spoken, torch.ones(1, 2)).item()
    assert cost == pytest.approx(expected, rel=1e-5)


def small_batch(blocks: Blocks | None) -> Batch:
    torch.manual_seed(0)
    return Batch(
        0.1 * torch.randn(2, samples_of(31)),
        torch.eye(3)[:2],
        torch.rand(2, 31, 52) * 0.2,
        torch.randint(len(CLASSES), (2, 31, 2)),
        torch.ones(2, 31),
        blocks,
    )


@pytest.mark.parametrize("blocks", [None, Blocks(3, 6)])
def test_a_few_steps_learn_and_a_checkpoint_goes_on_the_same(
    blocks: Blocks | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "ARCHITECTURE", TINY)
    trainer, batch = training.new_trainer(torch.device("cpu")), small_batch(blocks)
    before = trainer.learn(batch, SPREAD, 1e-3, 1.0)
    for _ in range(6):
        trainer.learn(batch, SPREAD, 1e-3, 1.0)
    trainer.save(tmp_path / "state.pth")
    again = training.new_trainer(torch.device("cpu"))
    again.load(tmp_path / "state.pth")
    after = trainer.learn(batch, SPREAD, 1e-3, 0.5)
    assert after < 0.9 * before
    assert again.learn(batch, SPREAD, 1e-3, 0.5) == pytest.approx(after, rel=1e-3)
    assert (again.step, again.audio_seconds) == (trainer.step, trainer.audio_seconds)


def test_the_rate_warms_up_and_cools_down() -> None:
    assert training.rate_at(0, 0.0) < 0.01 * training.PEAK_RATE
    assert training.rate_at(10_000, 0.0) == pytest.approx(training.PEAK_RATE)
    assert training.rate_at(10_000, 1.0) == pytest.approx(training.FINAL_RATE)
    cooling = [training.rate_at(10_000, p) for p in np.linspace(0, 1, 11)]
    assert cooling == sorted(cooling, reverse=True)
