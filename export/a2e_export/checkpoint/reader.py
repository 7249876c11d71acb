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

from a2e_export.checkpoint.packing import (
    BLOCK,
    growth_message,
    is_zip,
    truncation_message,
    unpack,
    unpacked_limit,
)
from a2e_export.errors import CheckpointError, listing_of, one_line

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
        f"{path} is a folder; give the checkpoint file itself "
        f"(found: {listing_of(files) or 'none'})"
    )


class Skipped:
    """Stands for a numpy value in a checkpoint (a trainer's loss or step), which nobody needs.

    None of numpy's code runs on what the file says.
    """

    def __init__(self, *arguments: object) -> None: ...

    def __setstate__(self, state: object) -> None: ...


NUMPY_NAMES = (
    "numpy.dtype",
    "numpy.ndarray",
    *(
        f"{package}.multiarray.{name}"
        for package in ("numpy.core", "numpy._core")  # of numpy 1 and 2
        for name in ("scalar", "_reconstruct")
    ),
    *(f"{package}.numeric._frombuffer" for package in ("numpy.core", "numpy._core")),
)
"""Names in pickles of numpy's scalars, dtypes and arrays."""


def _load(file: BinaryIO, name: str) -> Any:
    """Tensors only, to the CPU: a checkpoint can't run code here."""
    if is_zip(file):
        _check_zip(file, name)
    file.seek(0)
    try:
        with torch.serialization.safe_globals([(Skipped, numpy) for numpy in NUMPY_NAMES]):
            return torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise CheckpointError(
            f"{name} holds other Python objects than tensors, which are not loaded because they "
            "could run code; save the state_dict alone"
        ) from error
    except Exception as error:  # its unpickler fails in as many ways as there are broken files
        reason = one_line(error) or type(error).__name__
        raise CheckpointError(f"{name} can't be read by torch: {reason}") from error


def _check_zip(file: BinaryIO, name: str) -> None:
    """Raises :class:`CheckpointError` for an archive that is cut off, damaged or a bomb.

    Torch does not look at the checksums of its records; where it wrote none they are 0.
    """
    limit = unpacked_limit(file)
    try:
        if not zipfile.is_zipfile(file):
            raise CheckpointError(truncation_message(name))
        with zipfile.ZipFile(file) as archive:
            records = archive.infolist()
            if sum(record.file_size for record in records) > limit:
                raise CheckpointError(growth_message(name, limit))
            for record in records:
                if record.CRC:
                    _read_through(archive, record)
    except CheckpointError:
        raise
    except Exception as error:  # zipfile raises as many kinds as there are damaged archives
        raise CheckpointError(
            f"{name} is damaged ({one_line(error)}); download it again and compare the size"
        ) from error


def _read_through(archive: zipfile.ZipFile, record: zipfile.ZipInfo) -> None:
    with archive.open(record) as content:
        while content.read(BLOCK):
            pass


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
    if len(tensors) < len(state):
        raise CheckpointError(f"{path} holds tensors twice, with and without '{WRAPPER}'")
    if not any(name.startswith(ROOT) for name in tensors):
        if any(name.startswith(WAV2VEC2_KEYS) for name in tensors):
            raise CheckpointError(
                f"{path} is a wav2vec2 model alone, which has no face; give LAM's own checkpoint "
                "(LAM_audio2exp_streaming.tar)"
            )
        raise CheckpointError(
            f"{path} is not a LAM checkpoint: expected keys that begin with '{ROOT}', "
            f"found {listing_of(list(state)[:3]) or 'none'}"
        )
    network: dict[str, Tensor] = {}
    for key, tensor in tensors.items():
        name = key.removeprefix(ROOT)
        if not name.startswith(UNUSED):
            if name in network:
                raise CheckpointError(f"{path} holds {one_line(name)} twice")
            network[name] = _numbers(tensor, name, path)
    return network


def _numbers(tensor: Tensor, name: str, path: Path) -> Tensor:
    """A tensor as float32; raises :class:`CheckpointError` for one that is no array of numbers."""
    problem = None
    if tensor.is_nested or tensor.layout != torch.strided or tensor.is_quantized:
        problem = "is sparse, nested or quantised"
    elif tensor.device.type != "cpu":
        problem = f"has no data (device {tensor.device.type})"
    elif not tensor.is_floating_point():
        problem = f"is {tensor.dtype}"
    elif tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
        problem = f"claims a shape of {list(tensor.shape)}, for which the file holds too little"
    elif not (tensor := tensor.detach().float()).isfinite().all():
        problem = "holds NaN or infinity"
    if problem:
        raise CheckpointError(
            f"{path} can't be converted: its tensor {one_line(name)} {problem}; expected dense "
            "floating-point numbers. Take another state of the training"
        )
    return tensor


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
