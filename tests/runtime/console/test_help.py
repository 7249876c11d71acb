"""``--help``, completion, and what they load."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from a2e.console import main
from tests.runtime.console.conftest import A2E

HEAVY = ("numpy", "onnxruntime", "matplotlib", "starlette", "rich", "av", "skia")


@pytest.mark.parametrize("command", ["", "animate", "stream", "plot", "render", "inspect", "serve"])
def test_help_loads_nothing_heavy(command: str) -> None:
    program = f"""
import sys
from a2e.console import main
assert main({[*command.split(), "--help"]!r}) == 0
print([name for name in {HEAVY!r} if name in sys.modules])
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.splitlines()[-1] == "[]"
    assert run.stdout.startswith(f"Usage: a2e {command}".rstrip())


@pytest.mark.parametrize(
    ("command", "sections"),
    [
        ("animate", ["Arguments", "Options", "Model", "Face"]),
        ("stream", ["Options", "Model", "Face"]),
        ("plot", ["Arguments", "Options", "Model", "Face"]),
        ("render", ["Arguments", "Options", "Film", "Audio", "Model", "Face"]),
        ("serve", ["Service", "Access", "Limits", "Face"]),
    ],
)
def test_options_stand_in_groups(
    command: str, sections: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [name for name in sections if f"{name}:" in lines] == sections


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("a2e an", "animate"),
        ("a2e animate --format live", "livelink"),
        ("a2e animate --post up", "upstream"),
        ("a2e plot --mute tongue", "tongueOut"),
        ("a2e serve --gain jawO", "jawOpen="),
        ("a2e animate --mood jo", "joy:"),
        ("a2e stream --format s24", "s24le"),
    ],
)
def test_completion(words: str, expected: str) -> None:
    environment = os.environ | {
        "_A2E_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(words.count(" ")),
    }
    run = subprocess.run(
        [sys.executable, "-c", "import sys; from a2e.console import main; sys.exit(main())"],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert expected in run.stdout.split()


def test_the_module_is_the_command() -> None:
    run = subprocess.run([*A2E, "--help"], capture_output=True, text=True, check=True)
    assert run.stdout.startswith("Usage: a2e ")
