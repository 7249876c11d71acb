"""Seeded random checkpoints in LAM's format: for tests, benchmarks and a first look.

    python -m a2e_export.random_checkpoint small out/

writes ``out/checkpoint.pth`` and its wav2vec2 ``out/config.json``. Such faces move with the voice
and mean nothing.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from a2e_export.checkpoint import write_checkpoint
from a2e_export.network import Architecture, Audio2Expression

LAM = Architecture()
SMALL = Architecture(
    conv_dims=(32,) * 7,
    hidden=48,
    layers=3,
    heads=4,
    intermediate=96,
    position_groups=4,
    head=32,
    style_features=8,
)
"""As small as the golden model: everything of LAM, in 0.2 M parameters."""
SIZES = {"small": SMALL, "lam": LAM}
LIVELINESS = 4.0
"""Gain of the output layer, so that weights spread over 0..1."""


def random_network(arch: Architecture, seed: int = 0) -> Audio2Expression:
    """A network with torch's default initialisation from ``seed``, and a livelier output layer."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Audio2Expression(arch).eval()
    with torch.no_grad():
        network.output_proj.weight.mul_(LIVELINESS)
    return network


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("size", choices=SIZES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    network = random_network(SIZES[arguments.size], arguments.seed)
    path = arguments.folder / "checkpoint.pth"
    for file in write_checkpoint(network.state_dict(), network.arch, path):
        print(file)


if __name__ == "__main__":
    main()
