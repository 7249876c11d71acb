"""Builds a network from a checkpoint's tensors and a wav2vec2 config.

Sizes are read from the tensors. Those that they don't show (heads, strides, layer-norm epsilon)
come from the config, which must agree with the tensors in all that both hold.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from torch import Tensor
from transformers import Wav2Vec2Config

from a2e_export.errors import ArchitectureError, CheckpointError, listing_of, one_line
from a2e_export.network import Architecture, Audio2Expression

EXTRACTOR = "audio_encoder.feature_extractor.conv_layers."
ENCODER = "audio_encoder.encoder."
NON_STREAMING_IDENTITIES = 5016
"""Identities of LAM's other published config, whose head is a transformer."""
SUPPORTED = {
    "do_stable_layer_norm": (False,),
    "hidden_act": ("gelu",),
    "feat_extract_activation": ("gelu",),
    "feat_extract_norm": ("group", "layer"),
    "add_adapter": (False,),
}
MAX_STRIDE = 100
MAX_MODULES = 1000
"""Convolutions, or layers, of a network."""


def read_config(path: str | Path | None) -> Wav2Vec2Config:
    """The wav2vec2 config at ``path`` (a config.json or its folder), or the base config."""
    if path is None:
        return Wav2Vec2Config()
    path = Path(path)
    path = path / "config.json" if path.is_dir() else path
    try:
        return Wav2Vec2Config.from_dict(json.loads(path.read_text()))
    except OSError as error:
        raise ArchitectureError(
            f"can't read the wav2vec2 config {path}: {error.strerror}"
        ) from error
    except Exception as error:  # transformers checks fields with whatever they raise
        reason = one_line(error) or type(error).__name__
        raise ArchitectureError(f"{path} is not a wav2vec2 config.json: {reason}") from error


def build_network(tensors: dict[str, Tensor], config: Wav2Vec2Config) -> Audio2Expression:
    """The network of ``tensors``, loaded strictly and in eval mode.

    Raises :class:`ArchitectureError` and :class:`CheckpointError`.
    """
    _refuse_non_streaming(tensors)
    network = Audio2Expression(read_architecture(tensors, config)).eval()
    _check_tensors(tensors, network.state_dict())
    network.load_state_dict(tensors)
    return network


def read_architecture(tensors: dict[str, Tensor], config: Wav2Vec2Config) -> Architecture:
    """Sizes from the tensors, the rest from the config; both must agree.

    Raises :class:`ArchitectureError` and :class:`CheckpointError`.
    """
    _check_options(config)
    convs = [
        _tensor(tensors, f"{EXTRACTOR}{i}.conv.weight", 3) for i in _indices(tensors, EXTRACTOR)
    ]
    layers = len(_indices(tensors, ENCODER + "layers."))
    position = _tensor(tensors, ENCODER + "pos_conv_embed.conv.weight", 3)
    intermediate = _tensor(tensors, ENCODER + "layers.0.feed_forward.intermediate_dense.weight", 2)
    style = _tensor(tensors, "identity_encoder.id_mlp.weight", 3)
    output = _tensor(tensors, "output_proj.weight", 2)
    arch = Architecture(
        conv_dims=tuple(conv.shape[0] for conv in convs),
        conv_kernels=tuple(conv.shape[2] for conv in convs),
        conv_strides=tuple(config.conv_stride),
        conv_bias=f"{EXTRACTOR}0.conv.bias" in tensors,
        conv_norm="layer" if f"{EXTRACTOR}1.layer_norm.weight" in tensors else "group",
        hidden=position.shape[0],
        layers=layers,
        heads=config.num_attention_heads,
        intermediate=intermediate.shape[0],
        position_kernel=position.shape[2],
        position_groups=position.shape[0] // position.shape[1],
        layer_norm_eps=config.layer_norm_eps,
        head=output.shape[1],
        styles=style.shape[1],
        style_features=style.shape[0],
        shapes=output.shape[0],
    )
    _check_agreement(arch, config)
    return arch


def _check_options(config: Wav2Vec2Config) -> None:
    for option, values in SUPPORTED.items():
        if getattr(config, option) not in values:
            raise ArchitectureError(
                f"the wav2vec2 config has {option}={getattr(config, option)!r}; "
                f"a2e knows {' and '.join(map(repr, values))}"
            )


def _check_agreement(arch: Architecture, config: Wav2Vec2Config) -> None:
    sizes: dict[str, tuple[Any, Any]] = {
        "conv_dim": (arch.conv_dims, tuple(config.conv_dim)),
        "conv_kernel": (arch.conv_kernels, tuple(config.conv_kernel)),
        "feat_extract_norm": (arch.conv_norm, config.feat_extract_norm),
        "hidden_size": (arch.hidden, config.hidden_size),
        "num_hidden_layers": (arch.layers, config.num_hidden_layers),
        "intermediate_size": (arch.intermediate, config.intermediate_size),
        "num_conv_pos_embedding_groups": (
            arch.position_groups,
            config.num_conv_pos_embedding_groups,
        ),
    }
    differences = [
        f"{option} is {checkpoint_size} in the checkpoint and {config_size} in the config"
        for option, (checkpoint_size, config_size) in sizes.items()
        if checkpoint_size != config_size
    ]
    if differences:
        raise ArchitectureError(
            f"the wav2vec2 config is not this checkpoint's: {'; '.join(differences)}. Give its own "
            "with --wav2vec2-config (without one, wav2vec2-base is assumed)"
        )
    if not 0 < arch.layer_norm_eps < 1 or not all(0 < s <= MAX_STRIDE for s in arch.conv_strides):
        raise ArchitectureError(
            "the wav2vec2 config can't be: expected a layer_norm_eps between 0 and 1 and a "
            f"conv_stride from 1 to {MAX_STRIDE}; got {arch.layer_norm_eps} and "
            f"{one_line(arch.conv_strides)}"
        )
    if len(arch.conv_strides) != len(arch.conv_dims) or arch.heads < 1 or arch.hidden % arch.heads:
        raise ArchitectureError(
            f"the wav2vec2 config contradicts itself: {len(arch.conv_strides)} strides for "
            f"{len(arch.conv_dims)} convolutions, {arch.heads} heads for a width of {arch.hidden}"
        )


def _refuse_non_streaming(tensors: dict[str, Tensor]) -> None:
    style = tensors.get("identity_encoder.id_mlp.weight")
    identities = style.shape[1] if style is not None and style.ndim == 3 else 0
    if identities == NON_STREAMING_IDENTITIES or any("transformer" in name for name in tensors):
        raise CheckpointError(
            "this is LAM's non-streaming variant (5,016 identities, a transformer in the head); "
            "give the streaming checkpoint, LAM_audio2exp_streaming.tar"
        )


def _check_tensors(tensors: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    missing = [name for name in expected if name not in tensors]
    unexpected = [name for name in tensors if name not in expected]
    misshaped = [
        f"{name} is {list(tensors[name].shape)} instead of {list(tensor.shape)}"
        for name, tensor in expected.items()
        if name in tensors and tensors[name].shape != tensor.shape
    ]
    faults = {"missing": missing, "unexpected": unexpected, "mis-shaped": misshaped}
    if any(faults.values()):
        raise CheckpointError(
            "the checkpoint does not fit the network: "
            + "; ".join(f"{kind} {listing_of(names)}" for kind, names in faults.items() if names)
        )


def _indices(tensors: dict[str, Tensor], prefix: str) -> range:
    """0..n-1 for n numbered modules under ``prefix``."""
    inside = (name.removeprefix(prefix) for name in tensors if name.startswith(prefix))
    places = {place for name in inside if (place := name.split(".")[0]).isdecimal()}
    numbers = [int(place) if len(place) < 5 else MAX_MODULES for place in places]
    if max(numbers, default=0) >= MAX_MODULES:
        raise CheckpointError(
            f"the checkpoint does not fit the network: {prefix}* goes beyond {MAX_MODULES}"
        )
    return range(max(numbers, default=-1) + 1)


def _tensor(tensors: dict[str, Tensor], name: str, dims: int) -> Tensor:
    if name not in tensors:
        raise CheckpointError(f"the checkpoint does not fit the network: missing {name}")
    shape = tensors[name].shape
    if len(shape) != dims or 0 in shape:
        raise CheckpointError(
            f"the checkpoint does not fit the network: mis-shaped {name} is {list(shape)} instead "
            f"of {dims} dimensions"
        )
    return tensors[name]
