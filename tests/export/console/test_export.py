"""The ``a2e-export`` command."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import a2e
from a2e_export.console import main
from tests.conftest import CHECKPOINT, CONFIG, GOLDEN

CONFIGURED = ["--wav2vec2-config", str(CONFIG)]


def test_verify_passes(converted, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(converted(3, 6))
    audio = ["--audio", str(GOLDEN / "speech24k.wav")]
    assert main(["verify", path, "--checkpoint", str(CHECKPOINT), *audio, *CONFIGURED]) == 0
    out = capsys.readouterr().out
    assert "65 hops, 6.4 s of audio" in out
    assert "weights" in out
    assert "next.audio" in out
    assert "passed" in out


def test_verify_finds_another_checkpoint(
    converted, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    payload = torch.load(CHECKPOINT, weights_only=True)
    payload["state_dict"]["module.backbone.output_proj.bias"] += 0.01
    torch.save(payload, tmp_path / "other.pth")
    arguments = ["verify", str(converted(30, 0)), "--checkpoint", str(tmp_path / "other.pth")]
    assert main([*arguments, *CONFIGURED]) == 1
    out, err = capsys.readouterr()
    assert "was made from another checkpoint" in out
    assert "differs from its checkpoint by more than 1e-04" in err


def test_convert_and_inspect(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "face.onnx"
    arguments = ["convert", str(CHECKPOINT), "-o", str(path), "--hop", "3", "--default-style", "2"]
    assert main([*arguments, *CONFIGURED, "--style-names", ",".join("abcdefghijkl")]) == 0
    assert "kind recompute, hop 3 frames" in capsys.readouterr().err
    assert a2e.load(path).spec.styles[2] == "c"
    assert main(["inspect", str(path)]) == 0
    out = capsys.readouterr().out
    assert "default style  c" in out


def test_mistakes_are_told_in_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = ["-o", str(tmp_path / "face.onnx")]
    for arguments, message in (
        (["convert", "gone.pth", *output], "there is no checkpoint at gone.pth"),
        (["convert", str(CHECKPOINT), *output], "Give its own with --wav2vec2-config"),
        (["convert", str(CHECKPOINT), *output, *CONFIGURED, "--hop", "4"], "multiples of 3"),
        (["convert", str(CHECKPOINT), "-o", "/gone/x.onnx", *CONFIGURED], "can't write to /gone"),
        (["inspect", str(CONFIG)], "can't be loaded as an ONNX model"),
    ):
        assert main(arguments) == 1
        err = capsys.readouterr().err
        assert message in err
        assert "Traceback" not in err
    assert not list(tmp_path.iterdir())
