"""Muon (Jordan et al. 2024): momentum whose every matrix is brought near to an orthogonal one.

All directions of a weight matrix then learn at the same pace, where Adam's steps are ruled by a
few. Steps are scaled as by Liu et al. (2025, "Muon is scalable for LLM training"), so that a rate
and a weight decay that suit AdamW suit Muon too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from training.model.precision import fast_type

SERIES = (3.4445, -4.7750, 2.0315)  # Jordan's quintic, steep at 0
ROUNDS = 5  # of the series
ADAM_SIZE = 0.2  # root mean square of AdamW's usual steps, in rates
SMALLEST = 1e-7  # norm, against division by nought


class Muon(torch.optim.Optimizer):
    """For weights of two or more dimensions, seen as [outputs, inputs]."""

    def __init__(
        self,
        weights: Iterable[nn.Parameter],
        lr: float,
        *,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
    ) -> None:
        defaults = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay}
        super().__init__(list(weights), defaults)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> None:  # type: ignore[override]
        assert closure is None
        for group in self.param_groups:
            alike: dict[tuple[int, int], list[nn.Parameter]] = {}
            for weight in group["params"]:
                if weight.grad is not None:
                    alike.setdefault((len(weight), weight[0].numel()), []).append(weight)
            for (outputs, inputs), weights in alike.items():
                pushes = [self.push(w, group["momentum"]).flatten(1) for w in weights]
                steps = orthogonal(torch.stack(pushes))
                size = ADAM_SIZE * max(outputs, inputs) ** 0.5
                for weight, step in zip(weights, steps, strict=True):
                    weight.mul_(1 - group["lr"] * group["weight_decay"])
                    weight.add_(step.reshape(weight.shape), alpha=-group["lr"] * size)

    def push(self, weight: nn.Parameter, momentum: float) -> Tensor:
        """Nesterov's momentum of a weight's gradients."""
        state, grad = self.state[weight], weight.grad
        assert grad is not None
        if "momentum" not in state:
            state["momentum"] = torch.zeros_like(grad)
        kept: Tensor = state["momentum"].lerp_(grad, 1 - momentum)
        return grad.lerp(kept, momentum)


def orthogonal(matrices: Tensor) -> Tensor:
    """[K, M, N] to matrices of the same singular vectors whose singular values are near 1."""
    tall = matrices.shape[1] > matrices.shape[2]
    x = (matrices.mT if tall else matrices).to(fast_type(matrices.device.type))
    x = x / (x.norm(dim=(1, 2), keepdim=True) + SMALLEST)
    a, b, c = SERIES
    for _ in range(ROUNDS):
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    back: Tensor = x.mT if tall else x
    return back.to(matrices.dtype)
