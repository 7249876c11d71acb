"""Checkpoints in every packing that people hold, and each way that a packing is broken."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor

from a2e_export.checkpoint import read_checkpoint
from a2e_export.errors import CheckpointError
from tests.export.checkpoint.files import INNER, tar


class TestForms:
    """All packings hold the same tensors."""

    def same(self, path: Path, expected: dict[str, Tensor]) -> None:
        found = read_checkpoint(path).tensors
        assert set(found) == set(expected)
        assert all(torch.allclose(found[name], expected[name], atol=1e-7) for name in expected)

    def test_published_gzip_tar(self, data, put, expected) -> None:
        self.same(put(tar({"pretrained_models/notes.txt": b"hi", INNER: data}, "w:gz")), expected)

    def test_unpacked_tar(self, data, put, expected) -> None:
        self.same(put(tar({INNER: data})), expected)

    def test_gzipped_torch_file(self, data, put, expected) -> None:
        self.same(put(gzip.compress(data)), expected)

    def test_tar_in_gzip_in_tar(self, data, put, expected) -> None:
        self.same(put(tar({"a.tar.gz": tar({INNER: data}, "w:gz")})), expected)

    def test_no_litter(self, data, put, tmp_path: Path, monkeypatch) -> None:
        monkeypatch.setenv("TMPDIR", str(tmp_path))
        path = put(tar({INNER: data}, "w:gz"))
        read_checkpoint(path)
        assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(sys.platform != "linux", reason="limits of files are Linux's")
def test_no_room_to_unpack_is_told_in_a_line(data, put) -> None:
    path = put(gzip.compress(data))
    program = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))\n"
        "from a2e_export.checkpoint import read_checkpoint\n"
        "read_checkpoint(sys.argv[1])\n"
    )
    command = [sys.executable, "-c", program, str(path)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    last = found.stderr.splitlines()[-1]
    assert "CheckpointError" in last
    assert "File too large" in last
    assert "TMPDIR" in last


class TestBroken:
    """Each fault has its own message."""

    def refused(self, path: Path, message: str) -> None:
        with pytest.raises(CheckpointError, match=message):
            read_checkpoint(path)

    def test_empty(self, put) -> None:
        self.refused(put(b""), "is empty")

    @pytest.mark.parametrize("keep", [0.3, 0.99])
    def test_truncated_torch_file(self, data, put, keep: float) -> None:
        self.refused(put(data[: int(len(data) * keep)]), "is truncated: its end is missing")

    @pytest.mark.parametrize("keep", [0.3, 0.99])
    def test_truncated_download(self, data, put, keep: float) -> None:
        packed = tar({INNER: data}, "w:gz")
        self.refused(put(packed[: int(len(packed) * keep)]), "is truncated: its end is missing")

    def test_truncated_tar(self, data, put) -> None:
        self.refused(put(tar({INNER: data})[: len(data) // 2]), "is truncated")

    def test_damaged_gzip(self, data, put) -> None:
        packed = bytearray(tar({INNER: data}, "w:gz"))
        packed[len(packed) // 2 : len(packed) // 2 + 64] = bytes(64)
        self.refused(put(bytes(packed)), "is a damaged gzip file")

    def test_too_many_layers(self, data, put) -> None:
        for _ in range(6):
            data = gzip.compress(data, 1)
        self.refused(put(data), "packed more than 4 times over")

    def test_gzip_that_is_no_tar(self, put) -> None:
        message = "is a gzip file that holds neither a tar nor a torch checkpoint"
        self.refused(put(gzip.compress(b"just text" * 99)), message)

    def test_tar_without_checkpoint(self, put) -> None:
        packed = tar({"readme.txt": b"hello", "b.json": b"{}"}, "w:gz")
        self.refused(put(packed), r"no checkpoint in it \(found: readme.txt, b.json\)")

    def test_tar_with_two(self, data, put) -> None:
        self.refused(put(tar({"a.pth": data, "b.pth": data})), "several checkpoints.*a.pth, b.pth")

    def test_web_page(self, put) -> None:
        self.refused(put(b"\n<!DOCTYPE html><html>Sign in"), "is a web page, not a checkpoint")

    def test_lfs_pointer(self, put) -> None:
        pointer = b"version https://git-lfs.example/spec/v1\noid sha256:00\nsize 390000000\n"
        self.refused(put(pointer), "is a Git LFS pointer.*git lfs pull")

    def test_anything_else(self, put) -> None:
        self.refused(put(b"RIFF" + bytes(600)), "is not a checkpoint: expected a torch file")
