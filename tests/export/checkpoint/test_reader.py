"""Checkpoints in every format that torch saved, and each content that is no checkpoint."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import torch
from torch import Tensor

from a2e_export.checkpoint import read_checkpoint
from a2e_export.errors import CheckpointError
from tests.export.checkpoint.files import POSITION, STEM, saved


class TestForms:
    """All formats hold the same tensors."""

    def same(self, path: Path, expected: dict[str, Tensor]) -> None:
        found = read_checkpoint(path).tensors
        assert set(found) == set(expected)
        assert all(torch.allclose(found[name], expected[name], atol=1e-7) for name in expected)

    def test_legacy_torch_file(self, state, put, expected) -> None:
        self.same(put(saved({"state_dict": state}, legacy=True), "old.pth"), expected)

    def test_bare_state_dict_without_module(self, state, put, expected) -> None:
        bare = {name.removeprefix("module."): tensor for name, tensor in state.items()}
        self.same(put(saved(bare), "bare.pth"), expected)

    def test_older_weight_norm(self, state, put, expected) -> None:
        for new, old in (("original0", "weight_g"), ("original1", "weight_v")):
            key = f"{STEM}{POSITION}parametrizations.weight.{new}"
            state[f"{STEM}{POSITION}{old}"] = state.pop(key)
        self.same(put(saved({"state_dict": state})), expected)

    def test_dead_tensors_are_dropped(self, expected) -> None:
        assert not [name for name in expected if "lm_head" in name or "grus" in name]
        assert POSITION + "weight" in expected


class TestBroken:
    """Each fault has its own message."""

    def refused(self, path: Path, message: str) -> None:
        with pytest.raises(CheckpointError, match=message):
            read_checkpoint(path)

    def test_missing(self, tmp_path: Path) -> None:
        self.refused(tmp_path / "gone.tar", r"there is no checkpoint at .*gone\.tar")

    def test_objects_that_could_run_code(self, put) -> None:
        self.refused(
            put(saved({"state_dict": Path("x")})), "not loaded because they could run code"
        )

    def test_a_zip_that_is_not_torchs(self, put) -> None:
        import zipfile

        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("a.txt", "hello")
        self.refused(put(packed.getvalue()), "can't be read by torch")

    def test_no_state_dict(self, put) -> None:
        self.refused(put(saved({"state_dict": 3})), "a torch file without a state_dict")

    def test_somebody_elses_model(self, put) -> None:
        self.refused(put(saved({"layer.weight": torch.zeros(2)})), "found layer.weight")

    def test_wav2vec2_alone(self, put) -> None:
        alone = {"wav2vec2.encoder.layer_norm.weight": torch.zeros(2)}
        self.refused(put(saved(alone)), "wav2vec2 model alone, which has no face")

    def test_wav2vec2_folder(self, tmp_path: Path) -> None:
        (tmp_path / "config.json").write_text("{}")
        (tmp_path / "model.safetensors").write_bytes(b"")
        self.refused(tmp_path, "folder with a wav2vec2 model alone")

    def test_any_folder(self, tmp_path: Path) -> None:
        (tmp_path / "a.txt").write_text("x")
        self.refused(tmp_path, r"is a folder; give the checkpoint file itself \(found: a.txt\)")
