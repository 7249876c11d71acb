"""Seeded random checkpoints in LAM's format: for tests, benchmarks and a first look.

    python -m a2e_export.random_checkpoint small out/

writes ``out/checkpoint.pth`` and its wav2vec2 ``out/config.json``. Such faces move with the voice
and mean nothing.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from torch import Tensor

from a2e.files import whole_file
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


def lam_state(network: Audio2Expression) -> dict[str, Tensor]:
    """A network's tensors as LAM's checkpoint holds them: prefixed, with weight norm."""
    state = {f"module.backbone.{name}": tensor for name, tensor in network.state_dict().items()}
    stem = "module.backbone.audio_encoder.encoder.pos_conv_embed.conv."
    weight = state.pop(stem + "weight")
    state[stem + "parametrizations.weight.original0"] = weight.norm(dim=(0, 1), keepdim=True)
    state[stem + "parametrizations.weight.original1"] = weight
    return state


def wav2vec2_config(arch: Architecture) -> dict[str, object]:
    """The wav2vec2 ``config.json`` of an architecture."""
    return {
        "model_type": "wav2vec2",
        "conv_dim": arch.conv_dims,
        "conv_kernel": arch.conv_kernels,
        "conv_stride": arch.conv_strides,
        "conv_bias": arch.conv_bias,
        "feat_extract_norm": arch.conv_norm,
        "hidden_size": arch.hidden,
        "num_hidden_layers": arch.layers,
        "num_attention_heads": arch.heads,
        "intermediate_size": arch.intermediate,
        "num_conv_pos_embeddings": arch.position_kernel,
        "num_conv_pos_embedding_groups": arch.position_groups,
        "layer_norm_eps": arch.layer_norm_eps,
    }


def write_checkpoint(network: Audio2Expression, folder: str | Path) -> tuple[Path, Path]:
    """Writes ``checkpoint.pth`` and ``config.json`` into ``folder``; returns their paths."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint, config = folder / "checkpoint.pth", folder / "config.json"
    with whole_file(checkpoint) as file:
        torch.save({"state_dict": lam_state(network)}, file)
    config.write_text(json.dumps(wav2vec2_config(network.arch), indent=1) + "\n")
    return checkpoint, config


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("size", choices=SIZES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    network = random_network(SIZES[arguments.size], arguments.seed)
    for path in write_checkpoint(network, arguments.folder):
        print(path)


if __name__ == "__main__":
    main()
