"""Frame rates, visemes, knobs and presets on the command line: as the library has them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

import a2e
from a2e.console import main
from a2e.data import SPEECH
from tests.runtime.console.conftest import A2E


def test_animate_with_knobs_equals_the_library(tmp_path: Path) -> None:
    options = ["--seed", "1", "--fps", "59.94", "--delay", "-40", "--strength", "1.3"]
    options += ["--region", "jaw=1.2", "--region", "brows=0", "--smooth", "lips=30"]
    target = tmp_path / "face.npz"
    assert main(["animate", str(SPEECH), "-o", str(target), *options]) == 0
    expected = a2e.load().animate_file(
        SPEECH,
        seed=1,
        fps="60000/1001",
        delay=-40,
        smooth={"lips": 30},
        controls=a2e.Controls(strength=1.3, regions={"jaw": 1.2, "brows": 0}),
    )
    with np.load(target) as face:
        assert np.array_equal(face["weights"], expected.weights)
        assert face["fps_exact"].tolist() == [60_000, 1001]


@pytest.mark.parametrize(
    ("name", "shapes"),
    [("face.tsv", "rhubarb"), ("face.dat", "rhubarb"), ("face.xml", "rhubarb")],
)
def test_formats_of_visemes_ask_for_their_shapes_themselves(name, shapes, tmp_path: Path) -> None:
    found, expected = tmp_path / name, tmp_path / f"library-{name}"
    assert main(["animate", str(SPEECH), "-o", str(found), "--seed", "1", "--fps", "24"]) == 0
    clip = a2e.load().animate_file(SPEECH, seed=1, shapes=shapes, fps=24)
    clip.save(expected, audio=SPEECH)
    assert found.read_bytes() == expected.read_bytes()


def test_a_preset_under_options(tmp_path: Path) -> None:
    rig = tmp_path / "rig.toml"
    rig.write_text("strength = 1.4\nfps = 24\n[gain]\njawOpen = 0.5\n")
    target = tmp_path / "face.npz"
    options = ["--preset", str(rig), "--fps", "50", "--seed", "1", "--gain", "cheekPuff=2"]
    assert main(["animate", str(SPEECH), "-o", str(target), *options]) == 0
    controls = a2e.Controls(strength=1.4, gain={"jawOpen": 0.5, "cheekPuff": 2})
    expected = a2e.load().animate_file(SPEECH, seed=1, fps=50, controls=controls)
    with np.load(target) as face:
        assert np.array_equal(face["weights"], expected.weights)


def test_stream_tells_its_rate_and_shapes(tmp_path: Path) -> None:
    run = subprocess.run(
        [*A2E, "stream", "--rate", "16000", "--fps", "23.976", "--shapes", "oculus"],
        input=np.zeros(16_000, "<i2").tobytes(),
        capture_output=True,
        check=True,
    )
    facts, *frames = map(json.loads, run.stdout.splitlines())
    assert facts["fps_exact"] == [24_000, 1001]
    assert facts["names"][1] == "viseme_PP"
    assert len(frames) == 24


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--fps", "0"], "fps must be a number from 1 to 240"),
        (["--fps", "24000/0"], "fps must be a number from 1 to 240"),
        (["--delay", "2000"], "delay must be milliseconds from -1000 to 1000"),
        (["--strength", "3"], "strength must be a number from 0 to 2; got 3"),
        (["--region", "jaw"], "expected REGION=N, each region once, such as jaw=1.2; got 'jaw'"),
        (["--region", "nose=1"], "there is no region 'nose'"),
        (["--smooth", "jaw=-5"], "the smoothing of jaw must be a number from 0 to 1000"),
        (["--shapes", "disney"], "shapes must be one of arkit, oculus, vrm, azure, rhubarb"),
        (["--shapes", "oculus", "--format", "livelink"], "this format holds ARKit's shapes"),
        (["--shapes", "oculus", "--format", "moho"], "this format holds rhubarb visemes"),
        (["--preset", "missing.toml"], "missing.toml can't be read"),
        (["--preset", "unity"], "preset must be a .toml file or one of metahuman"),
    ],
)
def test_mistakes_are_told_in_one_line(options, told, tmp_path: Path, capsys) -> None:
    target = tmp_path / "face.out"
    format = [] if "--format" in options else ["--format", "npz"]
    assert main(["animate", str(SPEECH), "-o", str(target), *format, *options]) == 1
    error = capsys.readouterr().err.strip()
    assert told in error
    assert len(error.splitlines()) == 1
    assert not target.exists()


def test_a_picture_needs_arkits_shapes(tmp_path: Path, capsys) -> None:
    target = tmp_path / "face.png"
    assert main(["plot", str(SPEECH), "-o", str(target), "--shapes", "vrm"]) == 1
    assert "a picture needs ARKit's shapes; leave --shapes out" in capsys.readouterr().err
    assert not target.exists()
