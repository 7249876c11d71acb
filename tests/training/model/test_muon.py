"""Muon: steps that are orthogonal and that learn."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from training.model.muon import ADAM_SIZE, Muon, orthogonal


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 16, 48), (2, 48, 16)])
def test_singular_values_come_near_to_one(shape: tuple[int, int, int]) -> None:
    torch.manual_seed(0)
    matrices = torch.randn(shape)
    made = orthogonal(matrices)
    values = torch.linalg.svdvals(made)
    assert values.min() > 0.3
    assert values.max() < 1.4
    assert made.shape == matrices.shape
    alike = (made * matrices).sum(dim=(1, 2)) / (made.norm(dim=(1, 2)) * matrices.norm(dim=(1, 2)))
    assert alike.min() > 0.7


def test_a_step_is_as_large_as_adams_whatever_the_gradient() -> None:
    torch.manual_seed(0)
    for size in (1e-4, 1e3):
        weight = nn.Parameter(torch.zeros(32, 8, 3))
        weight.grad = size * torch.randn_like(weight)
        Muon([weight], lr=0.1).step()
        assert weight.square().mean().sqrt().item() == pytest.approx(0.1 * ADAM_SIZE, rel=0.3)


def test_it_learns_a_map_that_is_badly_scaled() -> None:
    torch.manual_seed(0)
    x = torch.randn(256, 12) * torch.logspace(0, -2, 12)
    wanted = x @ torch.randn(12, 6)
    weight = nn.Parameter(torch.zeros(6, 12))
    optimiser = Muon([weight], lr=0.3)
    losses = []
    for step in range(150):
        optimiser.param_groups[0]["lr"] = 0.3 * (1 - step / 150)
        optimiser.zero_grad()
        loss = (x @ weight.T - wanted).square().mean()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 1e-3 * losses[0]


def test_decay_shrinks_weights_and_what_has_no_gradient_stays() -> None:
    moved, idle = (nn.Parameter(torch.ones(4, 4)) for _ in range(2))
    moved.grad = torch.zeros(4, 4)
    Muon([moved, idle], lr=0.1, weight_decay=0.5).step()
    assert torch.allclose(moved, torch.full((4, 4), 0.95))
    assert torch.equal(idle, torch.ones(4, 4))
