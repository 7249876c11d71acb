"""Exit statuses and one-line messages."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from a2e.console import main
from tests.runtime.console.conftest import A2E


def fails(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Runs a command that must fail; its one-line message."""
    assert main(arguments) == 1
    message = capsys.readouterr().err.strip()
    assert message.startswith("a2e: error: ")
    assert "\n" not in message
    return message


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
    assert "--head belongs to --post live" in fails(
        ["animate", voice, *model, "--post", "upstream", "--head"], capsys
    )
    assert "there is no mood 'joi'" in fails(["animate", voice, *model, "--mood", "joi:1"], capsys)
    assert "joy must be a number from 0 to 1; got 2" in fails(
        ["animate", voice, *model, "--mood", "joy:2"], capsys
    )
    for mood in ("joy", "joy:1,joy:0.5", "joy=1", ":1"):
        assert "expected MOOD:STRENGTH" in fails(["animate", voice, *model, "--mood", mood], capsys)
    assert "expected STYLE:SHARE" in fails(["animate", voice, *model, "--style", "0:1,3"], capsys)
    assert "seed must be a whole number" in fails(
        ["animate", voice, *model, "--seed", "-1"], capsys
    )
    assert not list(tmp_path.iterdir())


def test_usage_errors_exit_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (
        ["animate"],
        ["animate", "a.wav", "--nose"],
        ["animate", "a.wav", "--post", "best"],
        ["stream", "--rate", "fast"],
        ["stream", "--rate", "16000", "--format", "s15le"],
        ["sing"],
    ):
        assert main(arguments) == 2
        message = capsys.readouterr().err.strip()
        assert message.startswith("a2e: error: ")
        assert "\n" not in message
        assert f"usage: a2e {arguments[0]}".replace(" sing", "") in message


def test_no_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "missing command" in capsys.readouterr().err


def test_a_reader_that_leaves_is_no_crash(model_path, wav) -> None:
    command = [*A2E, "animate", str(wav), "--model", model_path, "-o", "-"]
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as gone:
        found = subprocess.run(command, stdout=gone, stderr=subprocess.PIPE)
    assert found.returncode == 1
    assert b"Traceback" not in found.stderr


def test_a_full_disk_is_told_in_a_line(model_path, wav) -> None:
    command = [*A2E, "animate", str(wav), "--model", model_path, "-o", "-"]
    with open("/dev/full", "wb") as full:
        found = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert found.returncode == 1
    assert "No space left on device" in found.stderr
    assert "Traceback" not in found.stderr


@pytest.mark.parametrize("arguments", [["inspect"], ["--help"], ["animate", "--help"]])
def test_a_full_disk_under_what_is_printed(arguments: list[str]) -> None:
    with open("/dev/full", "wb") as full:
        outcome = subprocess.run([*A2E, *arguments], stdout=full, stderr=subprocess.PIPE, text=True)
    assert outcome.returncode == 1
    assert "No space left on device" in outcome.stderr
    assert "Traceback" not in outcome.stderr
