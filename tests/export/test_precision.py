"""Smaller files: how far they are from float32, and what must hold all the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

import a2e
from a2e_export.checkpoint import write_checkpoint
from a2e_export.checkpoint.bundled import STYLE_NAMES, bundled_checkpoint
from a2e_export.convert import Settings, convert
from a2e_export.precision import blocks_of, change_precision, quantise
from a2e_export.random_checkpoint import SMALL, random_network
from a2e_export.seal import seal
from a2e_export.verify import verify

Checkpoint = tuple[Path, Path]
"""A checkpoint and its config.json."""

PRECISIONS = ("int8", "float16")
LIPS = ("jaw", "mouth")


ARCH = replace(SMALL, conv_dims=(64,) * 7, hidden=64, intermediate=128, head=64)
"""Deep enough in every product for blocks of 64."""


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    return written(tmp_path_factory.mktemp("checkpoint"), seed=0)


@pytest.fixture(scope="module", params=PRECISIONS)
def small(checkpoint: Checkpoint, request: pytest.FixtureRequest) -> Path:
    source, config = checkpoint
    path = source.with_name(f"{request.param}.onnx")
    settings = Settings(kind="cached", hop=3, lookahead=3, precision=request.param)
    convert(source, path, settings, wav2vec2_config=config)
    return path


def written(folder: Path, seed: int) -> Checkpoint:
    network = random_network(ARCH, seed=seed)
    return write_checkpoint(network.state_dict(), network.arch, folder / "face.pth")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled network in float32."""
    path = tmp_path_factory.mktemp("whole") / "float32.onnx"
    checkpoint, config = bundled_checkpoint()
    settings = Settings(kind="cached", hop=3, lookahead=3, style_names=STYLE_NAMES)
    convert(checkpoint, path, settings, wav2vec2_config=config)
    return path


def in_precision(whole: Path, precision: str) -> a2e.Model:
    path = whole.with_name(f"{precision}.onnx")
    path.write_bytes(seal(change_precision(onnx.load(whole), precision).SerializeToString()))
    return a2e.load(path)


def test_no_weight_is_off_by_more_than_half_a_step() -> None:
    weight = np.random.default_rng(0).normal(size=(512, 3)).astype(np.float32)
    weight[:256, 1] = 0
    steps, scales = quantise(weight, 256)
    restored = (steps.astype(np.float32) - 128) * scales[:, :, None]
    error = np.abs(restored - blocks_of(weight, 256))
    assert (error <= scales[:, :, None] / 2 * 1.001).all()
    assert (restored[1, 0] == 0).all()


@pytest.mark.parametrize("precision", PRECISIONS)
def test_the_bundled_model_keeps_its_face(precision: str, speech, whole: Path) -> None:
    model = in_precision(whole, precision)
    wanted = a2e.load(whole).animate(speech, 16_000, post=None).weights
    found = model.animate(speech, 16_000, post=None).weights
    assert 0 < np.abs(found - wanted).mean() <= 0.005
    moved = [
        i for i, n in enumerate(model.names) if n.startswith(LIPS) and wanted[:, i].std() > 0.01
    ]
    assert len(moved) > 10
    for shape in moved:
        assert np.corrcoef(found[:, shape], wanted[:, shape])[0, 1] >= 0.995


@pytest.mark.parametrize(("precision", "share"), [("int8", 0.5), ("float16", 0.6)])
def test_files_get_smaller(precision: str, share: float, whole: Path) -> None:
    size = whole.stat().st_size
    assert change_precision(onnx.load(whole), precision).ByteSize() < share * size


def test_int8_leaves_only_small_float_products(whole: Path) -> None:
    graph = change_precision(onnx.load(whole), "int8").graph
    weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    products = [n for n in graph.node if n.op_type == "MatMul" and n.input[1] in weights]
    assert all(len(weights[node.input[1]]) % 64 for node in products)
    assert sum(node.op_type == "MatMulNBits" for node in graph.node) > 10


def test_streams_of_a_batch_know_nothing_of_each_other(small: Path) -> None:
    """Not even of how loud the others are."""
    model = a2e.load(small)
    rng = np.random.default_rng(0)
    batch = 3
    styles = np.eye(len(model.spec.styles), dtype=np.float32)[:batch]
    together, singles = model.initial_context(batch), [model.initial_context()] * batch
    loudness = np.array([1.0, 1e-3, 0.0], np.float32)[:, None]
    for _ in range(4):
        audio = rng.uniform(-1, 1, (batch, model.spec.hop_samples)).astype(np.float32) * loudness
        weights, together = model.step(audio, styles, together)
        for i in range(batch):
            one, singles[i] = model.step(audio[i : i + 1], styles[i : i + 1], singles[i])
            np.testing.assert_allclose(weights[i], one[0], atol=1e-5)


def test_the_file_says_its_precision_and_verifies(small: Path, checkpoint, speech) -> None:
    source, config = checkpoint
    model = a2e.load(small)
    verdict = verify(model, source, speech[:32_000], wav2vec2_config=config)
    assert model.spec.precision == small.stem
    assert verdict.passed
    assert [difference.output for difference in verdict.differences] == ["weights"]
    assert verdict.differences[0].worst > 0


def test_a_file_of_another_checkpoint_does_not_verify(small: Path, speech, tmp_path: Path) -> None:
    source, config = written(tmp_path, seed=1)
    verdict = verify(a2e.load(small), source, speech[:32_000], wav2vec2_config=config)
    assert not verdict.passed
    assert not verdict.same_source


def test_an_unknown_precision_is_refused(checkpoint, tmp_path: Path) -> None:
    source, config = checkpoint
    path = tmp_path / "face.onnx"
    with pytest.raises(a2e.OptionError, match="float32, int8, float16; got 'int3'"):
        convert(source, path, Settings(precision="int3"), wav2vec2_config=config)
    assert not path.exists()
