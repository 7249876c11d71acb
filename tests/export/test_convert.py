"""Torch to ONNX: equality, metadata, atomicity."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import nn

import a2e
from a2e_export import convert as conversion
from a2e_export.architecture import build_network, read_config
from a2e_export.checkpoint import read_checkpoint
from a2e_export.convert import Settings, check, convert, describe, export_graph
from a2e_export.errors import ArchitectureError, ConversionError
from a2e_export.lam_format import write_checkpoint
from a2e_export.network import Architecture
from a2e_export.random_checkpoint import LAM, SMALL, random_network
from a2e_export.streaming import Graph, make_graph
from tests.conftest import CHECKPOINT, CONFIG


def graph_of(arch: Architecture, **settings) -> Graph:
    chosen = Settings(**settings)
    return make_graph(random_network(arch), describe(arch, chosen, "0" * 64))


def largest_difference(graph: Graph, batch: int) -> float:
    model = export_graph(graph)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    inputs = graph.example_inputs(batch, seed=7)
    names = [tensor.name for tensor in session.get_inputs()]
    found = session.run(None, {n: t.numpy() for n, t in zip(names, inputs, strict=True)})
    with torch.inference_mode():
        expected = graph(*inputs)
    assert np.std(found[0]) > 0.01, "the comparison must be of a face that moves"
    return max(np.abs(f - e.numpy()).max() for f, e in zip(found, expected, strict=True))


def test_lam_size_equals_torch() -> None:
    assert largest_difference(graph_of(LAM), batch=1) <= 1e-5


@pytest.mark.parametrize("kind", ["recompute", "hybrid", "cached"])
@pytest.mark.parametrize("conv_norm", ["group", "layer"])
def test_small_networks_equal_torch(conv_norm, kind: str) -> None:
    arch = replace(SMALL, conv_norm=conv_norm, conv_bias=conv_norm == "layer", position_kernel=31)
    graph = graph_of(arch, kind=kind, hop=9, lookahead=6, window=40)
    assert largest_difference(graph, batch=4) <= 1e-5


def test_the_random_checkpoint_makes_the_round_trip(tmp_path: Path) -> None:
    network = random_network(SMALL, seed=3)
    checkpoint, config = write_checkpoint(
        network.state_dict(), network.arch, tmp_path / "new" / "face.pth"
    )
    again = build_network(read_checkpoint(checkpoint).tensors, read_config(config))
    assert again.arch == SMALL
    for name, tensor in network.state_dict().items():
        torch.testing.assert_close(again.state_dict()[name], tensor)


def test_the_file_is_whole_and_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "face.onnx"
    stages: list[str] = []
    names = tuple(f"person-{i}" for i in range(12))
    settings = Settings(hop=6, lookahead=3, style_names=names, default_style=4)
    spec = convert(CHECKPOINT, path, settings, wav2vec2_config=CONFIG, progress=stages.append)
    assert list(tmp_path.iterdir()) == [path]
    assert stages == list(conversion.STAGES)
    onnx.checker.check_model(path, full_check=True)
    model = a2e.load(path)
    assert model.spec == spec
    assert (spec.hop, spec.lookahead, spec.default_style, spec.styles) == (6, 3, 4, names)
    assert spec.source_sha256 == hashlib.sha256(CHECKPOINT.read_bytes()).hexdigest()
    loaded = onnx.load(path)
    assert {p.key.split(".")[0] for p in loaded.metadata_props} == {"a2e"}
    assert loaded.opset_import[0].version >= 18
    assert str(Path(conversion.__file__).parent).encode() not in path.read_bytes()


def test_no_weight_norm_remains(converted) -> None:
    names = [tensor.name for tensor in onnx.load(converted(3, 0)).graph.initializer]
    assert not [name for name in names if "original0" in name or "weight_g" in name]


def test_a_failed_check_writes_nothing(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "face.onnx"
    path.write_bytes(b"before")
    monkeypatch.setitem(conversion.TOLERANCES, "float32", -1.0)
    with pytest.raises(ConversionError, match="differs from torch by .* nothing was written"):
        convert(CHECKPOINT, path, wav2vec2_config=CONFIG)
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_the_check_finds_a_wrong_graph() -> None:
    graph = graph_of(SMALL, hop=3)
    model = export_graph(graph)
    nn.init.normal_(graph.network.output_proj.weight)
    with pytest.raises(ConversionError, match="differs from torch"):
        check(model, graph, 1e-4)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        (Settings(hop=4), a2e.OptionError, "multiples of 3 frames .* got a hop of 4"),
        (Settings(hop=0), a2e.OptionError, "the hop at least 3; got a hop of 0"),
        (Settings(lookahead=2), a2e.OptionError, "a lookahead of 2"),
        (Settings(hop=60, lookahead=6), a2e.OptionError, "less than the window of 64"),
        (Settings(default_style=12), a2e.OptionError, "default style must be one of 12; got 12"),
        (Settings(hop=30, window=30), a2e.OptionError, "less than the window of 30"),
        (Settings(style_names=["a"] * 12), a2e.OptionError, "styles must have different names"),
        (Settings(style_names=["a"]), ArchitectureError, "has 12 styles; got 1 names: a"),
    ],
)
def test_bad_settings(settings: Settings, error, message: str, tmp_path: Path) -> None:
    with pytest.raises(error, match=message):
        convert(CHECKPOINT, tmp_path / "face.onnx", settings, wav2vec2_config=CONFIG)
    assert not list(tmp_path.iterdir())
