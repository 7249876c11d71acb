"""Writes checkpoints as LAM's are: for random networks, and for those that we train."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from a2e.files import whole_file
from a2e_export.network import Architecture

PREFIX = "module.backbone."
POSITION = "audio_encoder.encoder.pos_conv_embed.conv."


def lam_state(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A network's tensors as LAM's checkpoint holds them: prefixed, with weight norm unfolded."""
    tensors = {name: tensor.float() for name, tensor in state.items()}
    weight = tensors.pop(POSITION + "weight")
    stem = POSITION + "parametrizations.weight.original"
    tensors[stem + "0"] = weight.norm(dim=(0, 1), keepdim=True)
    tensors[stem + "1"] = weight.clone()
    return {PREFIX + name: tensor for name, tensor in tensors.items()}


def wav2vec2_config(arch: Architecture) -> dict[str, object]:
    """The wav2vec2 ``config.json`` of an architecture."""
    return {
        "model_type": "wav2vec2",
        "conv_dim": arch.conv_dims,
        "conv_kernel": arch.conv_kernels,
        "conv_stride": arch.conv_strides,
        "conv_bias": arch.conv_bias,
        "num_feat_extract_layers": len(arch.conv_dims),
        "feat_extract_norm": arch.conv_norm,
        "hidden_size": arch.hidden,
        "num_hidden_layers": arch.layers,
        "num_attention_heads": arch.heads,
        "intermediate_size": arch.intermediate,
        "num_conv_pos_embeddings": arch.position_kernel,
        "num_conv_pos_embedding_groups": arch.position_groups,
        "layer_norm_eps": arch.layer_norm_eps,
    }


def write_checkpoint(
    state: Mapping[str, Tensor], arch: Architecture, path: str | Path
) -> tuple[Path, Path]:
    """Writes ``path`` and a ``config.json`` beside it, making the folder; returns both paths."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    config = path.with_name("config.json")
    with whole_file(path) as file:
        torch.save({"state_dict": lam_state(state)}, file)
    config.write_text(json.dumps(wav2vec2_config(arch), indent=1) + "\n")
    return path, config
