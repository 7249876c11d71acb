"""The ``a2e`` command, run as people run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

import a2e
from a2e.cli import main

A2E = [sys.executable, "-c", "import sys; from a2e.cli import main; sys.exit(main())"]


@pytest.fixture(scope="module")
def model_path(converted) -> str:
    return str(converted(3, 0))


@pytest.fixture(scope="module")
def wav(tmp_path_factory, speech) -> Path:
    path = tmp_path_factory.mktemp("audio") / "voice.wav"
    soundfile.write(path, speech, 16_000, subtype="FLOAT")
    return path


def fails(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Runs a command that must fail; its one-line message."""
    assert main(arguments) == 1
    message = capsys.readouterr().err.strip()
    assert message.startswith("a2e: error: ")
    assert "\n" not in message
    return message


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


@pytest.mark.parametrize("post", ["live", "upstream", "none"])
def test_animate_to_stdout(model_path, wav, post: str) -> None:
    command = [*A2E, "animate", str(wav), "--model", model_path, "-o", "-", "--post", post]
    found = subprocess.run(command, capture_output=True, check=True)
    assert len(found.stdout.splitlines()) == 1 + 193


@pytest.mark.parametrize(
    ("format", "channels", "dtype"), [("s16le", 1, "<i2"), ("f32le", 2, "<f4")]
)
def test_stream_gives_frames_while_the_voice_goes_on(
    model_path, speech, format: str, channels: int, dtype: str
) -> None:
    scale = 32_767 if format == "s16le" else 1
    samples = np.repeat((speech * scale).astype(dtype)[:, None], channels, axis=1)
    half = len(samples) // 2
    command = [*A2E, "stream", "--rate", "16000", "--format", format, "--channels", str(channels)]
    command += ["--model", model_path, "--seed", "1"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(samples[:half].tobytes())
        process.stdin.flush()
        head = json.loads(process.stdout.readline())
        early = [json.loads(process.stdout.readline()) for _ in range(80)]
        process.stdin.write(samples[half:].tobytes())
        process.stdin.close()
        frames = early + [json.loads(line) for line in process.stdout]
    assert process.returncode == 0
    assert head["fps"] == 30
    native = samples.astype(samples.dtype.newbyteorder("="))
    expected = a2e.load(model_path).animate(native, 16_000, seed=1)
    assert head["names"] == list(expected.names)
    np.testing.assert_allclose([f["weights"] for f in frames], expected.weights, atol=1e-6)


def test_stream_that_ends_inside_a_sample_says_so_and_gives_its_frames(model_path) -> None:
    command = [*A2E, "stream", "--rate", "16000", "--model", model_path]
    found = subprocess.run(command, input=b"\0" * 3201, capture_output=True)
    assert found.returncode == 1
    assert len(found.stdout.splitlines()) == 1 + 3
    assert b"ended 1 bytes into a sample of 2" in found.stderr
    assert b"Traceback" not in found.stderr


def test_a_reader_that_leaves_is_no_crash(model_path, wav) -> None:
    command = [*A2E, "animate", str(wav), "--model", model_path, "-o", "-"]
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as gone:
        found = subprocess.run(command, stdout=gone, stderr=subprocess.PIPE)
    assert found.returncode == 1
    assert b"Traceback" not in found.stderr


def test_inspect(model_path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", model_path]) == 0
    lines = capsys.readouterr().out.splitlines()
    facts = {line[:15].strip(): line[15:].strip() for line in lines}
    assert facts["kind"] == "recompute"
    assert facts["hop"] == "3 frames"
    assert facts["audio"] == "16000 Hz mono"
    assert "jawOpen" in facts["shapes"]


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_plot(model_path, wav, tmp_path: Path, kind: str) -> None:
    output = tmp_path / f"face.{kind}"
    assert main(["plot", str(wav), "--model", model_path, "-o", str(output)]) == 0
    head = output.read_bytes()[:100]
    assert head.startswith(b"\x89PNG" if kind == "png" else b"<?xml")


def test_mistakes_are_told_in_a_line(
    model_path, wav, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = ["--model", model_path]
    voice = str(wav)
    assert "no audio file at gone.wav" in fails(["animate", "gone.wav", *model], capsys)
    assert "no model file at gone.onnx" in fails(["animate", voice, "--model", "gone.onnx"], capsys)
    assert "style must be 0 to 11; got 12" in fails(
        ["animate", voice, *model, "--style", "12"], capsys
    )
    assert "expected a number; got 'x'" in fails(
        ["animate", voice, *model, "--style", "0:x"], capsys
    )
    assert "did you mean jawOpen" in fails(
        ["animate", voice, *model, "--gain", "jawopen=2"], capsys
    )
    assert "expected SHAPE=VALUE" in fails(["animate", voice, *model, "--gain", "jawOpen"], capsys)
    assert "expected LOW:HIGH" in fails(["animate", voice, *model, "--clamp", "jawOpen=1"], capsys)
    assert "tells no format" in fails(["animate", voice, *model, "-o", "face.fbx"], capsys)
    assert "must end in .png" in fails(["plot", voice, *model, "-o", "face.doc"], capsys)
    assert "8000 to 192000 Hz; got 1" in fails(["stream", "--rate", "1", *model], capsys)
    assert "--brows belongs to --post live" in fails(
        ["animate", voice, *model, "--post", "none", "--brows"], capsys
    )
    assert "expected STYLE:SHARE" in fails(["animate", voice, *model, "--style", "0:1,3"], capsys)
    assert "seed must be a whole number" in fails(
        ["animate", voice, *model, "--seed", "-1"], capsys
    )
    assert not list(tmp_path.iterdir())


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


def test_a_full_disk_is_told_in_a_line(model_path, wav) -> None:
    command = [*A2E, "animate", str(wav), "--model", model_path, "-o", "-"]
    with open("/dev/full", "wb") as full:
        found = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert found.returncode == 1
    assert "No space left on device" in found.stderr
    assert "Traceback" not in found.stderr


def test_the_default_name_follows_the_format(model_path, wav, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["animate", str(wav), "--model", model_path, "--format", "npz"]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["voice.npz"]


def test_usage_errors_exit_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["animate"])
    assert stopped.value.code == 2
    assert "usage: a2e animate" in capsys.readouterr().err
