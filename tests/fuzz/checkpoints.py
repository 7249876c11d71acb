"""Checkpoints: the golden one in each of its packings, damaged within them."""

from __future__ import annotations

import gzip
import io
import tarfile
import tempfile
import zipfile
from functools import cache
from pathlib import Path
from random import Random

import numpy as np

from tests.conftest import CHECKPOINT, CONFIG
from tests.fuzz.mutation import damage
from tests.fuzz.target import Target, mutants

BOMB_BYTES = 1 << 30
INSIDE = 0.7
"""How often damage is done within a packing rather than to it."""
MOST_LAYERS = 4


@cache
def seeds() -> list[bytes]:
    """The checkpoint packed and plain, in torch's two formats, and as a trainer may save it."""
    import torch

    packed = CHECKPOINT.read_bytes()
    plain = innermost(packed)
    payload = torch.load(io.BytesIO(plain), weights_only=True)
    trainers = {"state_dict": payload.get("state_dict", payload), "epoch": np.float64(3)}
    saved = [saved_as(payload, legacy=True), saved_as(trainers), saved_as({"state_dict": None})]
    small = {"state_dict": {"module.backbone.output_proj.weight": torch.zeros(2, 3)}}
    saved += [saved_as(small), saved_as(small, legacy=True), tarred(saved_as(small))]
    return [packed, plain, gzip.compress(plain, 1), *saved]


def saved_as(payload: object, *, legacy: bool = False) -> bytes:
    import torch

    file = io.BytesIO()
    torch.save(payload, file, _use_new_zipfile_serialization=not legacy)
    return file.getvalue()


def innermost(data: bytes) -> bytes:
    """The torch file within a gzip file or a tar."""
    if data.startswith(b"\x1f\x8b"):
        return innermost(gzip.decompress(data))
    if data[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            member = next(member for member in tar if member.isfile())
            file = tar.extractfile(member)
            assert file is not None
            return innermost(file.read())
    return data


@cache
def bomb() -> bytes:
    """A gzip file of a gigabyte of zeros."""
    file = io.BytesIO()
    with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=1, mtime=0) as packed:
        for _ in range(BOMB_BYTES >> 24):
            packed.write(bytes(1 << 24))
    return file.getvalue()


def mutate(data: bytes, random: Random) -> bytes:
    if random.random() < 0.01:
        return bomb()
    return inside(data, random, MOST_LAYERS)


def inside(data: bytes, random: Random, layers: int) -> bytes:
    """Damage at some layer of packing; the packings around it stay whole."""
    if layers and random.random() < INSIDE:
        if data.startswith(b"\x1f\x8b"):
            return gzip.compress(inside(gzip.decompress(data), random, layers - 1), 1, mtime=0)
        if data[257:262] == b"ustar":
            return tarred(inside(innermost(data), random, layers - 1))
        if data.startswith(b"PK"):
            return zipped(data, random)
    return damage(data, random)


def tarred(data: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        member = tarfile.TarInfo("lam.tar")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    return file.getvalue()


def zipped(data: bytes, random: Random) -> bytes:
    """A torch file with one entry damaged, mostly its pickle."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    pickles = [name for name in entries if name.endswith("data.pkl")]
    victim = random.choice(pickles if random.random() < 0.7 and pickles else list(entries))
    entries[victim] = damage(entries[victim], random)
    if random.random() < 0.1:
        del entries[random.choice(list(entries))]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, entry in entries.items():
            archive.writestr(zipfile.ZipInfo(name), entry)
    return file.getvalue()


def attempt(case: bytes) -> None:
    """Reads a checkpoint and builds its network."""
    from a2e_export.checkpoint.reader import read_checkpoint
    from a2e_export.network.builder import build_network, read_config

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "checkpoint.tar"
        path.write_bytes(case)
        checkpoint = read_checkpoint(path)
    build_network(checkpoint.tensors, read_config(CONFIG))


TARGET = Target(
    "checkpoints",
    mutants("checkpoints", seeds, mutate),
    attempt,
    warm_up=(lambda: seeds()[0], lambda: seeds()[2]),
    seconds=20,
    share=2,
)
