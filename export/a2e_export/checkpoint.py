"""Reads LAM checkpoints in every packing that people hold them in.

The published file is a gzip-compressed tar around a torch file that is itself named ``.tar``.
Layers of packing are peeled off one by one, into unnamed temporary files, until torch's own format
is reached.
"""

from __future__ import annotations

import gzip
import hashlib
import pickle
import shutil
import tarfile
import tempfile
import zipfile
import zlib
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor

from a2e_export.errors import CheckpointError

HEAD_BYTES = 512
MOST_LAYERS = 5
"""Layers of packing that are peeled off, the torch file's own counted."""
GZIP = b"\x1f\x8b"
ZIP = b"PK\x03\x04"
PICKLE = b"\x80"
TAR_MAGIC, TAR_OFFSET = b"ustar", 257
HTML = (b"<!doctype html", b"<html", b"<?xml")
LFS_POINTER = b"version https://git-lfs"

WRAPPER, ROOT = "module.", "backbone."
DEAD = ("audio_encoder.lm_head.", "audio_encoder.masked_spec_embed", "identity_encoder.grus.")
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
    """float32, on the CPU, dead ones dropped, weight norm folded."""
    sha256: str
    """Of the file as it was given."""


def read_checkpoint(path: str | Path) -> Checkpoint:
    """Reads the checkpoint at ``path``; raises :class:`CheckpointError`."""
    path = Path(path)
    _refuse_folder(path)
    if not path.is_file():
        raise CheckpointError(f"there is no checkpoint at {path}")
    with ExitStack() as stack:
        file = stack.enter_context(path.open("rb"))
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        payload = _load(_unpack(file, str(path), stack), str(path))
    return Checkpoint(_fold_weight_norm(_named(_state(payload, path), path)), sha256)


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


def _unpack(file: BinaryIO, name: str, stack: ExitStack) -> BinaryIO:
    """The torch file inside however many gzip and tar layers, at its start."""
    packing = "file"
    for _ in range(MOST_LAYERS):
        head = _head(file)
        if head.startswith(GZIP):
            file, packing = _gunzip(file, name, stack), "gzip"
        elif head[TAR_OFFSET:].startswith(TAR_MAGIC):
            file, packing = _untar(file, name, stack), "tar"
        elif head.startswith((ZIP, PICKLE)):
            return file
        else:
            raise CheckpointError(_strange(head, name, packing))
    raise CheckpointError(f"{name} is packed more than {MOST_LAYERS - 1} times over; unpack it")


def _head(file: BinaryIO) -> bytes:
    file.seek(0)
    head = file.read(HEAD_BYTES)
    file.seek(0)
    return head


def _strange(head: bytes, name: str, packing: str) -> str:
    """What to say of content that is neither packing nor checkpoint."""
    if not head:
        return f"{name} is empty or cut off at its start; download it again"
    if head.lstrip().lower().startswith(HTML):
        return (
            f"{name} is a web page, not a checkpoint: the download saved the page about the file. "
            "Download the file itself"
        )
    if head.startswith(LFS_POINTER):
        return f"{name} is a Git LFS pointer, not the file it points to; run `git lfs pull`"
    if packing == "gzip":
        return f"{name} is a gzip file that holds neither a tar nor a torch checkpoint"
    return f"{name} is not a checkpoint: expected a torch file, or a (gzipped) tar with one inside"


def _gunzip(file: BinaryIO, name: str, stack: ExitStack) -> BinaryIO:
    plain = stack.enter_context(tempfile.TemporaryFile())
    try:
        with gzip.GzipFile(fileobj=file) as packed:
            shutil.copyfileobj(packed, plain)
    except EOFError as error:
        raise CheckpointError(_truncated(name)) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise CheckpointError(f"{name} is a damaged gzip file ({error}); get it again") from error
    return plain


def _untar(file: BinaryIO, name: str, stack: ExitStack) -> BinaryIO:
    """The one member of a tar that looks like a checkpoint."""
    try:
        with tarfile.open(fileobj=file) as tar:
            members = [member for member in tar if member.isfile()]
            found = [m for m in members if _is_checkpoint(tar, m)]
            if len(found) != 1:
                listing = ", ".join(m.name for m in found or members) or "nothing"
                raise CheckpointError(
                    f"{name} is a tar with {'several checkpoints' if found else 'no checkpoint'} "
                    f"in it (found: {listing}); give the one to convert"
                )
            inner = stack.enter_context(tempfile.TemporaryFile())
            source = tar.extractfile(found[0])
            assert source is not None  # isfile() says so
            shutil.copyfileobj(source, inner)
    except tarfile.ReadError as error:
        raise CheckpointError(_truncated(name)) from error
    return inner


def _is_checkpoint(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bool:
    source = tar.extractfile(member)
    return source is not None and source.read(len(ZIP)).startswith((ZIP, PICKLE, GZIP))


def _truncated(name: str) -> str:
    return f"{name} is truncated: its end is missing. Download it again and compare the size"


def _load(file: BinaryIO, name: str) -> Any:
    """Tensors only, to the CPU: a checkpoint can't run code here."""
    is_zip = _head(file).startswith(ZIP)
    if is_zip and not zipfile.is_zipfile(file):
        raise CheckpointError(_truncated(name))
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


def _state(payload: Any, path: Path) -> dict[str, Tensor]:
    state = payload.get("state_dict", payload) if isinstance(payload, dict) else None
    if not isinstance(state, dict) or not all(
        isinstance(key, str) and isinstance(value, Tensor) for key, value in state.items()
    ):
        raise CheckpointError(
            f"{path} is a torch file without a state_dict: expected a dict of tensors, or one "
            "under the key 'state_dict'"
        )
    return state


def _named(state: dict[str, Tensor], path: Path) -> dict[str, Tensor]:
    """The network's tensors under their own names."""
    names = {key.removeprefix(WRAPPER): value for key, value in state.items()}
    if not any(name.startswith(ROOT) for name in names):
        if any(name.startswith(WAV2VEC2_KEYS) for name in names):
            raise CheckpointError(
                f"{path} is a wav2vec2 model alone, which has no face; give LAM's own checkpoint "
                "(LAM_audio2exp_streaming.tar)"
            )
        raise CheckpointError(
            f"{path} is not a LAM checkpoint: expected keys that begin with '{ROOT}', "
            f"found {', '.join(list(state)[:3]) or 'none'}"
        )
    short = {name.removeprefix(ROOT): tensor for name, tensor in names.items()}
    return {
        name: tensor.float() if tensor.is_floating_point() else tensor
        for name, tensor in short.items()
        if not name.startswith(DEAD)
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
