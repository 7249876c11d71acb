"""Reads LAM checkpoints: the network's tensors under the network's own names."""

from __future__ import annotations

import hashlib
import pickle
import zipfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor

from a2e_export.checkpoint.packing import is_zip, truncation_message, unpack
from a2e_export.errors import CheckpointError

WRAPPER, ROOT = "module.", "backbone."
UNUSED = ("audio_encoder.lm_head.", "audio_encoder.masked_spec_embed", "identity_encoder.grus.")
"""Tensors that are in LAM checkpoints and used nowhere."""
WAV2VEC2_KEYS = ("wav2vec2.", "feature_extractor.", "encoder.layers.")
NORM_SPELLINGS = (
    (".parametrizations.weight.original0", ".parametrizations.weight.original1"),
    (".weight_g", ".weight_v"),
)


@dataclass(frozen=True)
class Checkpoint:
    """The tensors of a LAM checkpoint, named as in ``a2e_export.network.Audio2Expression``."""

    tensors: dict[str, Tensor]
    """float32, on the CPU, unused ones dropped, weight norm folded."""
    sha256: str
    """Of the file at the path, packing included."""


def read_checkpoint(path: str | Path) -> Checkpoint:
    """Reads the checkpoint at ``path``; raises :class:`CheckpointError`."""
    path = Path(path)
    _refuse_folder(path)
    if not path.is_file():
        raise CheckpointError(f"there is no checkpoint at {path}")
    with ExitStack() as stack:
        file = stack.enter_context(path.open("rb"))
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        payload = _load(unpack(file, str(path), stack), str(path))
    tensors = _network_tensors(_state_dict(payload, path), path)
    return Checkpoint(_fold_weight_norm(tensors), sha256)


def _refuse_folder(path: Path) -> None:
    if not path.is_dir():
        return
    files = sorted(p.name for p in path.iterdir() if p.is_file())
    if "config.json" in files and any(f.endswith((".safetensors", ".bin")) for f in files):
        raise CheckpointError(
            f"{path} is a folder with a wav2vec2 model alone, which has no face. Give LAM's own "
            "checkpoint (LAM_audio2exp_streaming.tar); this folder's config.json can be its "
            "--wav2vec2-config"
        )
    raise CheckpointError(
        f"{path} is a folder; give the checkpoint file itself (found: {', '.join(files) or 'none'})"
    )


def _load(file: BinaryIO, name: str) -> Any:
    """Tensors only, to the CPU: a checkpoint can't run code here."""
    if is_zip(file) and not zipfile.is_zipfile(file):
        raise CheckpointError(truncation_message(name))
    file.seek(0)
    try:
        return torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise CheckpointError(
            f"{name} holds other Python objects than tensors, which are not loaded because they "
            "could run code; save the state_dict alone"
        ) from error
    except (RuntimeError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise CheckpointError(f"{name} can't be read by torch: {error}") from error


def _state_dict(payload: Any, path: Path) -> dict[str, Tensor]:
    state = payload.get("state_dict", payload) if isinstance(payload, dict) else None
    if not isinstance(state, dict) or not all(
        isinstance(key, str) and isinstance(value, Tensor) for key, value in state.items()
    ):
        raise CheckpointError(
            f"{path} is a torch file without a state_dict: expected a dict of tensors, or one "
            "under the key 'state_dict'"
        )
    return state


def _network_tensors(state: dict[str, Tensor], path: Path) -> dict[str, Tensor]:
    """The network's tensors under their own names."""
    tensors = {key.removeprefix(WRAPPER): value for key, value in state.items()}
    if not any(name.startswith(ROOT) for name in tensors):
        if any(name.startswith(WAV2VEC2_KEYS) for name in tensors):
            raise CheckpointError(
                f"{path} is a wav2vec2 model alone, which has no face; give LAM's own checkpoint "
                "(LAM_audio2exp_streaming.tar)"
            )
        raise CheckpointError(
            f"{path} is not a LAM checkpoint: expected keys that begin with '{ROOT}', "
            f"found {', '.join(list(state)[:3]) or 'none'}"
        )
    tensors = {name.removeprefix(ROOT): tensor for name, tensor in tensors.items()}
    return {
        name: tensor.float() if tensor.is_floating_point() else tensor
        for name, tensor in tensors.items()
        if not name.startswith(UNUSED)
    }


def _fold_weight_norm(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Replaces magnitude g and direction v by the weight g * v / |v|, normed over dims 0 and 1."""
    folded = dict(tensors)
    for magnitude, direction in NORM_SPELLINGS:
        for name in [n for n in tensors if n.endswith(magnitude)]:
            stem = name.removesuffix(magnitude)
            if stem + direction not in tensors:
                continue  # the strict load names what is missing
            g, v = folded.pop(name), folded.pop(stem + direction)
            if v.ndim != 3 or g.shape != (1, 1, v.shape[2]):
                raise CheckpointError(
                    f"the checkpoint does not fit the network: mis-shaped {name} is "
                    f"{list(g.shape)} for a {stem + direction} of {list(v.shape)}"
                )
            folded[stem + ".weight"] = g * v / v.norm(dim=(0, 1), keepdim=True)
    return folded
