"""``a2e animate``, run as people run it."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

import a2e
from a2e.console import main
from a2e.data import SPEECH
from tests.runtime.console.conftest import A2E


def test_animate_equals_the_library(model_path, wav, speech, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    options = ["--model", model_path, "--seed", "1", "--style", "0:0.5,3:0.5", "--brows"]
    options += ["--gain", "jawOpen=1.8", "--mute", "tongueOut", "--clamp", "jawOpen=0:0.9"]
    assert main(["animate", str(wav), *options]) == 0
    face = json.loads((tmp_path / "voice.json").read_text())
    expected = a2e.load(model_path).animate(
        speech,
        16_000,
        style={0: 0.5, 3: 0.5},
        seed=1,
        post=a2e.Live(brows=True),
        controls=a2e.Controls(
            gain={"jawOpen": 1.8}, mute=["tongueOut"], clamp={"jawOpen": (0, 0.9)}
        ),
    )
    found = [frame["weights"] for frame in face["frames"]]
    np.testing.assert_allclose(found, expected.weights, atol=1e-6)


def test_animate_with_a_head_that_moves_and_a_mood(tmp_path: Path) -> None:
    options = ["--seed", "1", "--head", "--no-gaze", "--mood", "joy:0.5, sadness:0.2"]
    assert main(["animate", str(SPEECH), "-o", str(tmp_path / "face.npz"), *options]) == 0
    expected = a2e.load().animate_file(
        SPEECH,
        seed=1,
        post=a2e.Live(head=True, gaze=False),
        controls=a2e.Controls(mood={"joy": 0.5, "sadness": 0.2}),
    )
    with np.load(tmp_path / "face.npz") as face:
        assert tuple(face["names"]) == expected.names
        assert np.array_equal(face["weights"], expected.weights)


@pytest.mark.parametrize("post", ["live", "upstream", "none"])
def test_animate_to_stdout(model_path, wav, post: str) -> None:
    command = [*A2E, "animate", str(wav), "--model", model_path, "-o", "-", "--post", post]
    found = subprocess.run(command, capture_output=True, check=True)
    assert len(found.stdout.splitlines()) == 1 + 193


def test_termination_leaves_nothing_half_written(model_path, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "long.wav", np.zeros(16_000 * 1_200, np.int16), 16_000)
    command = [*A2E, "animate", str(tmp_path / "long.wav"), "--model", model_path]
    with subprocess.Popen([*command, "-o", "face.json"], cwd=tmp_path) as process:
        for _ in range(600):
            if any(path.name.startswith(".face.json.") for path in tmp_path.iterdir()):
                break
            time.sleep(0.02)
        process.terminate()
    assert process.returncode == 130
    assert [path.name for path in tmp_path.iterdir()] == ["long.wav"]


def test_pipes_and_links_are_written_to(model_path, wav, tmp_path: Path) -> None:
    link, target, pipe = (tmp_path / name for name in ("link.json", "target.json", "pipe.json"))
    link.symlink_to(target)
    assert main(["animate", str(wav), "--model", model_path, "-o", str(link)]) == 0
    assert link.is_symlink()
    assert target.stat().st_size > 1_000
    os.mkfifo(pipe)
    command = [*A2E, "animate", str(wav), "--model", model_path, "-o", str(pipe)]
    with subprocess.Popen(command) as process, pipe.open() as reader:
        assert len(json.load(reader)["frames"]) == 193
    assert process.returncode == 0
    assert pipe.is_fifo()


def test_the_default_name_follows_the_format(model_path, wav, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["animate", str(wav), "--model", model_path, "--format", "npz"]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["voice.npz"]


def test_audio2face_names_its_audio(model_path, wav, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(wav.parent)
    output = tmp_path / "face.json"
    command = ["animate", wav.name, "--model", model_path, "--format", "audio2face"]
    assert main([*command, "-o", str(output)]) == 0
    face = json.loads(output.read_text())
    assert face["trackPath"] == str(wav)
    assert face["numFrames"] == len(face["weightMat"]) == len(face["rotations"])


@pytest.mark.parametrize("suffix", ["wav", "flac", "mp3"])
def test_audio_from_stdin(model_path, speech, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"voice.{suffix}"
    soundfile.write(path, speech, 16_000)
    command = [*A2E, "animate", "-", "--model", model_path, "--seed", "1"]
    piped = subprocess.run(command, input=path.read_bytes(), capture_output=True, check=True)
    command[len(A2E) + 1] = str(path)
    named = subprocess.run([*command, "-o", "-"], capture_output=True, check=True)
    assert len(piped.stdout.splitlines()) >= 1 + 193
    assert piped.stdout.splitlines()[1:] == named.stdout.splitlines()[1:]


def test_stdin_that_is_no_audio(model_path) -> None:
    command = [*A2E, "animate", "-", "--model", model_path]
    outcome = subprocess.run(command, input=b"text", capture_output=True, text=False)
    assert outcome.returncode == 1
    assert b"the input can't be read as audio" in outcome.stderr
    assert outcome.stderr.count(b"\n") == 1


def test_none_is_raw(model_path, wav) -> None:
    outputs = [
        subprocess.run(
            [*A2E, "animate", str(wav), "--model", model_path, "-o", "-", "--post", post],
            capture_output=True,
            check=True,
        ).stdout
        for post in ("none", "raw")
    ]
    assert outputs[0] == outputs[1]
