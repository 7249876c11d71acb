"""``a2e plot``."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from a2e.audio.channels import Mixer
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


def test_channels_that_cancel_are_drawn_as_they_are_heard(
    model_path, speech, tmp_path: Path
) -> None:
    stereo = np.stack((speech, -speech), axis=1)
    pictures = []
    for name, samples in (("stereo", stereo), ("mono", Mixer(16_000)(stereo))):
        (tmp_path / name).mkdir()
        path = tmp_path / name / "voice.wav"
        soundfile.write(path, samples, 16_000, subtype="FLOAT")
        output = tmp_path / name / "face.png"
        options = ["--model", model_path, "--seed", "1", "-o", str(output)]
        assert main(["plot", str(path), *options]) == 0
        pictures.append(output.read_bytes())
    assert pictures[0] == pictures[1]
