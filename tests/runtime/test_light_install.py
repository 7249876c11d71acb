"""The runtime alone: installed from the wheel where torch and its kin are not installed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ABSENT = ("torch", "transformers", "scipy", "librosa", "onnx", "matplotlib")


@pytest.mark.slow
def test_a_small_environment_animates(converted, tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    python = environment / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", f"{ROOT}[cpu]"]
    subprocess.run([*install, "--constraint", ROOT / "constraints.txt"], check=True)
    program = f"""
import importlib.util, json, sys
import a2e.console
from a2e.data import SPEECH
arguments = ["animate", str(SPEECH), "--model", {str(converted(3, 0))!r}, "-o", "face.json"]
status = a2e.console.main(arguments)
found = [name for name in {ABSENT!r} if importlib.util.find_spec(name)]
print(json.dumps([status, found, a2e.__file__]))
"""
    run = subprocess.run(
        [python, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    status, found, where = json.loads(run.stdout)
    assert (status, found) == (0, [])
    assert Path(where).is_relative_to(environment)
    face = json.loads((tmp_path / "face.json").read_text())
    assert face["metadata"]["frame_count"] == 256
