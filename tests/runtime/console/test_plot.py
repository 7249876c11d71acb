"""``a2e plot``."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from a2e.console import main
from tests.runtime.console.conftest import A2E


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_plot(model_path, wav, tmp_path: Path, kind: str) -> None:
    output = tmp_path / f"face.{kind}"
    assert main(["plot", str(wav), "--model", model_path, "-o", str(output)]) == 0
    head = output.read_bytes()[:100]
    assert head.startswith(b"\x89PNG" if kind == "png" else b"<?xml")


def test_plot_from_stdin_to_stdout(model_path, wav) -> None:
    command = [*A2E, "plot", "-", "--model", model_path]
    picture = subprocess.run(command, input=wav.read_bytes(), capture_output=True, check=True)
    assert picture.stdout.startswith(b"\x89PNG")
