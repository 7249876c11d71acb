"""The bundled model's checkpoint: it makes the bundled files, and any other variant."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

import a2e
from a2e.data import LOW_LATENCY_MODEL, MODEL, SPEECH
from a2e_export.checkpoint import bundled
from a2e_export.checkpoint.download import find_checkpoint
from a2e_export.errors import CheckpointError


def convert(output: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "a2e_export", "convert", "bundled", "-o", str(output)]
    return subprocess.run([*command, *options], capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("file", [MODEL, LOW_LATENCY_MODEL], ids=lambda path: path.stem)
def test_it_makes_the_bundled_files(file: Path, tmp_path: Path) -> None:
    shipped = a2e.load(file)
    spec = shipped.spec
    options = f"--kind {spec.kind} --hop {spec.hop} --lookahead {spec.lookahead}".split()
    made = convert(tmp_path / "again.onnx", *options, "--precision", spec.precision)
    assert made.returncode == 0, made.stderr
    again = a2e.load(tmp_path / "again.onnx")
    assert again.spec.styles == spec.styles
    assert again.spec.source_sha256 == spec.source_sha256
    audio, rate = soundfile.read(SPEECH, dtype="float32")
    ours, theirs = (m.animate(audio[: 2 * rate], rate, post=None).weights for m in (shipped, again))
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_without_a_checkout_one_line_says_where_it_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(bundled, "FOLDER", tmp_path)
    with pytest.raises(CheckpointError, match="comes with the source and not with the wheel"):
        find_checkpoint("bundled")


def test_a_file_of_that_name_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bundled").write_bytes(b"")
    assert find_checkpoint("bundled") == (Path("bundled"), None, None)
