"""Weights stay in the file: the same model, and no half file taken for a whole one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

import a2e
from a2e.data import MODEL
from a2e.external_data import without_weights


def outputs(model: a2e.Model | onnxruntime.InferenceSession) -> list[np.ndarray]:
    session = model.graph.session if isinstance(model, a2e.Model) else model
    rng = np.random.default_rng(0)
    feeds = {
        tensor.name: rng.random([2, *tensor.shape[1:]], dtype=np.float32)
        for tensor in session.get_inputs()
    }
    return session.run(None, feeds)


def test_what_is_left_is_small() -> None:
    assert len(without_weights(MODEL)) < MODEL.stat().st_size / 10


def test_the_model_is_the_same() -> None:
    plain = onnxruntime.InferenceSession(str(MODEL), providers=["CPUExecutionProvider"])
    for mine, theirs in zip(outputs(a2e.load()), outputs(plain), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-5)


def test_weights_that_say_where_they_are_may_move(tmp_path: Path) -> None:
    """Some tools write a tensor's location although it is the usual one."""
    path = tmp_path / "face.onnx"
    model = onnx.load(MODEL)
    for tensor in model.graph.initializer:
        tensor.data_location = onnx.TensorProto.DEFAULT
    onnx.save(model, path)
    for mine, theirs in zip(outputs(a2e.load(path)), outputs(a2e.load()), strict=True):
        assert np.array_equal(mine, theirs)


def test_a_link_to_a_model_loads(tmp_path: Path) -> None:
    """A model hub's cache is made of links."""
    link = tmp_path / "face.onnx"
    link.symlink_to(MODEL)
    assert a2e.load(link).spec == a2e.load().spec


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.7, 0.999])
def test_a_cut_off_file_is_refused(share: float, tmp_path: Path) -> None:
    path = tmp_path / "face.onnx"
    path.write_bytes(MODEL.read_bytes()[: int(MODEL.stat().st_size * share)])
    with pytest.raises(a2e.ModelError, match="face.onnx"):
        a2e.load(path)


@pytest.mark.parametrize("seed", range(5))
def test_noise_is_refused(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "face.onnx"
    path.write_bytes(np.random.default_rng(seed).bytes(10_000))
    with pytest.raises(a2e.ModelError, match="face.onnx"):
        a2e.load(path)
