"""Checkpoints that can't be, or mean harm: one line each, in little time and memory."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from a2e_export.checkpoint import packing, read_checkpoint
from a2e_export.checkpoint.reader import Skipped
from a2e_export.errors import ArchitectureError, CheckpointError
from a2e_export.network.builder import build_network, read_config
from tests.conftest import CONFIG
from tests.export.checkpoint.files import STEM, saved, tar

NAME = STEM + "output_proj.weight"

TENSORS: dict[str, tuple[Callable[[Tensor], Tensor], str]] = {
    "sparse": (lambda t: t.to_sparse(), "sparse"),
    "csr": (lambda t: t.to_sparse_csr(), "sparse"),
    "meta": (lambda t: t.to("meta"), "has no data"),
    "int": (lambda t: t.int(), "is torch.int32"),
    "bool": (lambda t: t > 0, "is torch.bool"),
    "complex": (lambda t: t.to(torch.complex64), "is torch.complex64"),
    "nan": (lambda t: torch.full_like(t, torch.nan), "holds NaN"),
    "infinity": (lambda t: torch.full_like(t, torch.inf), "holds NaN or infinity"),
    "beyond float32": (lambda t: torch.full_like(t, 1e300, dtype=torch.float64), "infinity"),
    "a huge shape": (lambda t: torch.zeros(1).expand(2**20, 2**20), "too little"),
    "no shape": (lambda t: torch.tensor(1.0), "mis-shaped"),
    "no rows": (lambda t: t[:0], "mis-shaped"),
    "other rows": (lambda t: t[:3], "mis-shaped"),
}


def refused(content: bytes, path: Path, message: str) -> None:
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=message) as error:
        build_network(read_checkpoint(path).tensors, read_config(CONFIG))
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 1_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "checkpoint.tar"


@pytest.mark.filterwarnings("ignore:Sparse CSR")
@pytest.mark.parametrize("kind", TENSORS)
def test_tensors(kind: str, state, path: Path) -> None:
    change, message = TENSORS[kind]
    state[NAME] = change(state[NAME])
    refused(saved({"state_dict": state}), path, message)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("audio_encoder.encoder.layers.999999999.x", "goes beyond 1000"),
        ("audio_encoder.encoder.layers." + "9" * 5_000 + ".x", "goes beyond 1000"),
        ("audio_encoder.feature_extractor.conv_layers.99999.x", "goes beyond 1000"),
        ("a\nb", "unexpected a b"),
    ],
)
def test_names(name: str, message: str, state, path: Path) -> None:
    state[STEM + name] = torch.zeros(1)
    refused(saved({"state_dict": state}), path, message)


def test_the_same_tensor_twice(state, path: Path) -> None:
    state[NAME.removeprefix("module.")] = state[NAME]
    refused(saved({"state_dict": state}), path, "holds tensors twice")


PICKLES = {
    "nothing": b"",
    "noise": b"\x80\x02garbage",
    "no end": b"\x80\x02}",
    "a memo that is not there": b"\x80\x02h\x05.",
    "an empty stack": b"\x80\x020.",
    "a huge string": b"\x80\x04\x8d" + (2**40).to_bytes(8, "little"),
    "depth": b"\x80\x02" + b"]" * 100_000 + b"a" * 99_999 + b".",
    "code": b"\x80\x02cos\nsystem\nX\x04\x00\x00\x00true\x85R.",
}


@pytest.mark.parametrize("kind", PICKLES)
@pytest.mark.parametrize("legacy", [False, True])
def test_pickles(kind: str, legacy: bool, state, path: Path) -> None:
    content = PICKLES[kind]
    if not legacy:
        content = with_record(saved({"state_dict": state}), ".pkl", content)
    refused(content, path, r"checkpoint\.tar")


@pytest.mark.parametrize("content", [b"", b"abc", None])
def test_records_that_are_short_or_missing(content: bytes | None, state, path: Path) -> None:
    refused(with_record(saved({"state_dict": state}), "/data/0", content), path, "can't be read")


def test_a_flipped_byte_of_weights(state, path: Path) -> None:
    """Torch takes no notice."""
    content = bytearray(saved({"state_dict": state}))
    content[len(content) // 2] ^= 1
    refused(bytes(content), path, "is damaged .*CRC")


def with_record(archive: bytes, end: str, content: bytes | None) -> bytes:
    """A torch archive with the content of one record replaced, or without it."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            if not name.endswith(end):
                new.writestr(name, old.read(name))
            elif content is not None:
                new.writestr(name, content)
    return changed.getvalue()


class TestBombs:
    @pytest.fixture(autouse=True)
    def limits(self, monkeypatch) -> None:
        monkeypatch.setattr(packing, "GROWTH_FLOOR", 2**20)

    def test_gzip(self, path: Path) -> None:
        refused(gzip.compress(bytes(2**25)), path, "unpacks to more than 1 MiB")

    def test_gzip_in_gzip(self, path: Path) -> None:
        refused(gzip.compress(gzip.compress(bytes(2**28))), path, "unpacks to more than")

    def test_a_zip_that_is_compressed(self, path: Path) -> None:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("archive/data.pkl", bytes(2**25))
        refused(packed.getvalue(), path, "unpacks to more than")

    def test_a_tar_with_a_size_that_is_not_there(self, path: Path) -> None:
        member = tarfile.TarInfo("a.pth")
        member.size = 2**40
        refused(member.tobuf() + b"PK\x03\x04" + bytes(2**12), path, "truncated")

    def test_a_limit_that_no_size_lifts(self, monkeypatch, path: Path) -> None:
        monkeypatch.setattr(packing, "MAX_BYTES", 2**16)
        noise = np.random.default_rng(0).bytes(2**17)
        refused(gzip.compress(noise), path, "unpacks to more than 0 MiB")

    def test_real_ones_pass(self, state, path: Path, expected) -> None:
        path.write_bytes(gzip.compress(tar({"a.pth": saved({"state_dict": state})})))
        found = read_checkpoint(path).tensors
        assert all(torch.equal(found[name], expected[name]) for name in expected)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.GNUTYPE_SPARSE])
def test_tars_of_links(kind: bytes, path: Path) -> None:
    member = tarfile.TarInfo("a.pth")
    member.type, member.linkname = kind, "a.pth"
    refused(member.tobuf() + bytes(1024), path, "no checkpoint")


TRAINER = {
    "epoch": np.int64(3),
    "loss": np.float64(0.5),
    "best": np.float32(0.1),
    "done": np.bool_(True),
    "dtype": np.dtype("float32"),
    "curve": np.arange(5.0),
    "name": np.str_("lam"),
    "nested": {"scores": [np.float64(1.0), (np.int32(2),)]},
}


class TestNumpyScalars:
    """A trainer's own values beside the weights are passed over, whatever numpy wrote them."""

    @pytest.mark.parametrize("legacy", [False, True])
    def test_of_this_numpy(self, legacy: bool, state, path: Path, expected) -> None:
        path.write_bytes(saved({"state_dict": state, **TRAINER}, legacy=legacy))
        self.same(path, expected)

    @pytest.mark.parametrize("package", ["numpy.core", "numpy._core"])
    def test_of_numpy_1_and_2(self, package: str, state, path: Path, expected) -> None:
        archive = saved({"state_dict": state, **TRAINER})
        with zipfile.ZipFile(io.BytesIO(archive)) as content:
            name = next(name for name in content.namelist() if name.endswith("data.pkl"))
            pickled = content.read(name)
        here = b"numpy._core.multiarray" if b"numpy._core" in pickled else b"numpy.core.multiarray"
        there = f"{package}.multiarray".encode()
        path.write_bytes(with_record(archive, "data.pkl", pickled.replace(here, there)))
        self.same(path, expected)

    def same(self, path: Path, expected: dict[str, Tensor]) -> None:
        found = read_checkpoint(path).tensors
        assert all(torch.equal(found[name], expected[name]) for name in expected)

    def test_no_code_of_numpys_runs(self) -> None:
        value = Skipped("O8", object())
        value.__setstate__((1, 2, 3))
        assert not vars(value)

    def test_other_objects_stay_refused(self, state, path: Path) -> None:
        refused(saved({"state_dict": state, "args": Path("x")}), path, "could run code")


WRONG = [None, "x", -1, 0, [], [1, "a"], {}, True, 10**30, [[1]], 1.5, float("inf")]


@pytest.mark.parametrize(
    "option",
    ["conv_stride", "conv_dim", "num_attention_heads", "hidden_size", "layer_norm_eps"],
)
@pytest.mark.parametrize("value", WRONG, ids=str)
def test_configs(option: str, value: object, state, tmp_path: Path) -> None:
    config = json.loads(CONFIG.read_text()) | {option: value}
    config_refused(json.dumps(config), state, tmp_path)


CONFIGS = {
    "a list": "[]",
    "a number": "3",
    "nothing": "",
    "null": "null",
    "depth": "[" * 100_000,
    "digits": "9" * 5_000,
    "no labels": json.dumps({"id2label": "x", "num_labels": "x"}),
    "strides of 0": json.dumps(json.loads(CONFIG.read_text()) | {"conv_stride": [0] * 7}),
    "strides backwards": json.dumps(json.loads(CONFIG.read_text()) | {"conv_stride": [-5] * 7}),
}


@pytest.mark.parametrize("kind", CONFIGS)
def test_files_that_are_no_configs(kind: str, state, tmp_path: Path) -> None:
    config_refused(CONFIGS[kind], state, tmp_path)


def config_refused(text: str, state: dict[str, Tensor], folder: Path) -> None:
    config, checkpoint = folder / "config.json", folder / "checkpoint.pth"
    config.write_text(text)
    checkpoint.write_bytes(saved({"state_dict": state}))
    with pytest.raises(ArchitectureError) as error:
        build_network(read_checkpoint(checkpoint).tensors, read_config(config))
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 1_000
