"""The public face, and what importing it costs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import a2e

HEAVY = ("torch", "transformers", "scipy", "librosa", "onnx", "matplotlib")


def test_public_names() -> None:
    assert a2e.__all__ == [
        "A2EError",
        "AudioError",
        "AudioTypeError",
        "Clip",
        "Controls",
        "Live",
        "Model",
        "ModelError",
        "OptionError",
        "ProviderError",
        "Stream",
        "StreamBusyError",
        "StreamClosedError",
        "Upstream",
        "load",
        "open_audio",
    ]
    assert all(hasattr(a2e, name) for name in a2e.__all__)


def test_animating_imports_nothing_heavy(converted, tmp_path: Path) -> None:
    program = f"""
import sys, a2e, a2e.console
from a2e.data import SPEECH
output = {str(tmp_path / "face.json")!r}
arguments = ["animate", str(SPEECH), "--model", {str(converted(3, 0))!r}, "-o", output]
assert a2e.console.main(arguments) == 0
print([name for name in {HEAVY!r} if name in sys.modules])
"""
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"
    assert (tmp_path / "face.json").stat().st_size > 10_000


def test_ffmpeg_is_loaded_only_by_files_that_need_it() -> None:
    program = """
import sys, a2e, a2e.console, a2e.model
with a2e.open_audio("tests/golden/speech16k.wav") as file:
    list(file.blocks())
print("av" in sys.modules, "soundfile" in sys.modules)
"""
    run = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert run.stdout.split() == ["False", "False"]
