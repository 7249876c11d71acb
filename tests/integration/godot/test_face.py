"""``examples/godot`` in Godot without a screen (Debian's ``godot3-server``)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
from gdtoolkit.parser import parser

import a2e
from a2e.data import SPEECH
from tests.integration.service import service

ROOT = Path(__file__).parents[3]
GODOT = shutil.which("godot3-server") or ""
headless = pytest.mark.skipif(not GODOT, reason="there is no godot3-server")
SHAPES = ("jawOpen", "mouthSmileLeft", "eyeBlinkRight")
SEED = 7


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "project.godot").write_text("config_version=4\n")
    for script in (ROOT / "examples/godot/a2e_face_godot3.gd", Path(__file__).parent / "scene.gd"):
        shutil.copy(script, tmp_path)
    return tmp_path


def shown(project: Path, url: str = "") -> np.ndarray:
    command = [GODOT, "--path", project, "-s", "scene.gd"]
    run = subprocess.run(
        command, env=os.environ | {"A2E_URL": url}, capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "SCRIPT ERROR" not in run.stdout + run.stderr, run.stdout + run.stderr
    return np.array(json.loads((project / "shown.json").read_text()))


def expected(clip: a2e.Clip) -> np.ndarray:
    columns = [clip.names.index(name) for name in SHAPES]
    return np.c_[clip.weights[:, columns], np.zeros(len(clip))]


@headless
def test_a_clip_is_shown(project: Path) -> None:
    clip = a2e.load().animate_file(SPEECH, seed=SEED)
    clip.save(project / "face.json")
    np.testing.assert_allclose(shown(project), expected(clip), atol=2e-5)


@headless
def test_a_voice_comes_back_from_the_service(project: Path) -> None:
    samples, rate = soundfile.read(SPEECH, dtype="int16")
    assert rate == 16_000
    (project / "speech.raw").write_bytes(samples.astype("<i2").tobytes())
    clip = a2e.load().animate(samples, rate, seed=SEED)
    with service() as served:
        found = shown(project, served.live)
    assert len(found) == len(clip)
    np.testing.assert_allclose(found, expected(clip), atol=2e-4)


@headless
def test_a_service_that_is_not_there_is_told(project: Path) -> None:
    (project / "speech.raw").write_bytes(bytes(3200))
    with pytest.raises(AssertionError, match="a2e: "):
        shown(project, "ws://127.0.0.1:9/ws/a2e")


def test_the_script_of_godot_4_can_be_parsed() -> None:
    parser.parse((ROOT / "examples/godot/a2e_face.gd").read_text())
