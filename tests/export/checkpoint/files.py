"""Checkpoint files for tests: packed, saved, written."""

from __future__ import annotations

import io
import tarfile

import torch

INNER = "pretrained_models/lam_audio2exp_streaming.tar"
STEM = "module.backbone."
POSITION = "audio_encoder.encoder.pos_conv_embed.conv."


def tar(files: dict[str, bytes], mode: str = "w") -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return packed.getvalue()


def saved(payload: object, *, legacy: bool = False) -> bytes:
    file = io.BytesIO()
    torch.save(payload, file, _use_new_zipfile_serialization=not legacy)
    return file.getvalue()
