"""Checkpoint to file: metadata, atomicity, settings that can't be."""

from __future__ import annotations

import hashlib
from pathlib import Path

import onnx
import pytest

import a2e
from a2e_export import convert as conversion
from a2e_export.convert import Settings, convert
from a2e_export.errors import ArchitectureError, ConversionError
from tests.conftest import CHECKPOINT, CONFIG


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
