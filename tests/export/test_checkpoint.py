"""Checkpoints in every packing that people hold, and every way that they are broken."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from pathlib import Path

import pytest
import torch
from torch import Tensor

from a2e_export.architecture import build_network, read_config
from a2e_export.checkpoint import read_checkpoint
from a2e_export.errors import ArchitectureError, CheckpointError
from tests.conftest import CHECKPOINT, CONFIG

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


@pytest.fixture(scope="module")
def data() -> bytes:
    return CHECKPOINT.read_bytes()


@pytest.fixture
def state() -> dict[str, Tensor]:
    return dict(torch.load(CHECKPOINT, weights_only=True)["state_dict"])


@pytest.fixture
def put(tmp_path: Path):
    def write(content: bytes, name: str = "checkpoint.tar") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


def build(path: Path):
    return build_network(read_checkpoint(path).tensors, read_config(CONFIG))


@pytest.fixture(scope="module")
def expected() -> dict[str, Tensor]:
    return read_checkpoint(CHECKPOINT).tensors


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

    def test_no_litter(self, data, put, tmp_path: Path, monkeypatch) -> None:
        monkeypatch.setenv("TMPDIR", str(tmp_path))
        path = put(tar({INNER: data}, "w:gz"))
        read_checkpoint(path)
        assert list(tmp_path.iterdir()) == [path]

    def test_dead_tensors_are_dropped(self, expected) -> None:
        assert not [name for name in expected if "lm_head" in name or "grus" in name]
        assert POSITION + "weight" in expected


class TestBroken:
    """Each fault has its own message."""

    def refused(self, path: Path, message: str) -> None:
        with pytest.raises(CheckpointError, match=message):
            build(path)

    def test_missing(self, tmp_path: Path) -> None:
        self.refused(tmp_path / "gone.tar", r"there is no checkpoint at .*gone\.tar")

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

    @pytest.mark.parametrize(
        ("name", "shape"),
        [
            ("output_proj.weight", (7,)),
            ("identity_encoder.id_mlp.weight", (7, 3)),
            ("audio_encoder.feature_extractor.conv_layers.0.conv.weight", (3, 1)),
            (POSITION + "parametrizations.weight.original0", (3,)),
            (POSITION + "parametrizations.weight.original1", (0, 12, 128)),
        ],
    )
    def test_misshaped_keys_that_sizes_need(self, state, put, name: str, shape) -> None:
        state[STEM + name] = torch.zeros(shape)
        self.refused(put(saved(state)), "mis-shaped .*(original|weight)")

    def test_strange_keys(self, state, put) -> None:
        strange = state | {STEM + "audio_encoder.encoder.layers.foo": torch.zeros(1)}
        self.refused(put(saved(strange)), r"unexpected audio_encoder\.encoder\.layers\.foo")
        self.refused(put(saved({3: torch.zeros(1)})), "a torch file without a state_dict")

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

    def test_missing_unexpected_and_misshaped_keys_are_named(self, state, put) -> None:
        del state[STEM + "output_proj.bias"]
        state[STEM + "decoder.9.weight"] = torch.zeros(1)
        state[STEM + "feature_projection.bias"] = torch.zeros(7)
        self.refused(
            put(saved({"state_dict": state})),
            r"missing output_proj\.bias; unexpected decoder\.9\.weight; "
            r"mis-shaped feature_projection\.bias is \[7\] instead of \[32\]",
        )

    def test_a_key_that_sizes_need(self, state, put) -> None:
        del state[STEM + "output_proj.weight"]
        self.refused(put(saved(state)), r"missing output_proj\.weight")

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

    def test_non_streaming_identities(self, state, put) -> None:
        state[STEM + "identity_encoder.id_mlp.weight"] = torch.zeros(8, 5016, 1)
        self.refused(put(saved(state)), "LAM's non-streaming variant")

    def test_non_streaming_transformer(self, state, put) -> None:
        state[STEM + "identity_encoder.transformer.layers.0.weight"] = torch.zeros(1)
        self.refused(put(saved(state)), "LAM's non-streaming variant")


class TestConfig:
    @pytest.fixture
    def config(self) -> dict[str, object]:
        return json.loads(CONFIG.read_text())

    def refused(self, config: object, tmp_path: Path, message: str) -> None:
        path = tmp_path / "config.json"
        path.write_text(json.dumps(config))
        with pytest.raises(ArchitectureError, match=message):
            build_network(read_checkpoint(CHECKPOINT).tensors, read_config(path))

    def test_a_folder_will_do(self, tmp_path: Path) -> None:
        (tmp_path / "config.json").write_text(CONFIG.read_text())
        assert read_config(tmp_path).hidden_size == 48

    def test_the_base_config_is_not_this_checkpoints(self) -> None:
        message = "hidden_size is 48 in the checkpoint and 768 in the config.*--wav2vec2-config"
        with pytest.raises(ArchitectureError, match=message):
            build_network(read_checkpoint(CHECKPOINT).tensors, read_config(None))

    def test_unknown_networks(self, config, tmp_path: Path) -> None:
        config["do_stable_layer_norm"] = True
        self.refused(config, tmp_path, "do_stable_layer_norm=True; a2e knows False")

    def test_contradictions(self, config, tmp_path: Path) -> None:
        config["num_attention_heads"] = 5
        self.refused(config, tmp_path, "contradicts itself: .* 5 heads for a width of 48")

    def test_values_of_the_wrong_type(self, config, tmp_path: Path) -> None:
        config["hidden_size"] = "wide"
        self.refused(config, tmp_path, "is not a wav2vec2 config.json")

    def test_no_heads(self, config, tmp_path: Path) -> None:
        config["num_attention_heads"] = 0
        self.refused(config, tmp_path, "contradicts itself")

    def test_no_config(self, tmp_path: Path) -> None:
        self.refused([1], tmp_path, "is not a wav2vec2 config.json")
        with pytest.raises(ArchitectureError, match="can't read the wav2vec2 config .*No such"):
            read_config(tmp_path / "gone.json")
