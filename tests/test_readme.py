"""The README's Python runs as it stands there."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parent.parent


def test_the_readmes_python_runs(converted, speech_24k, tmp_path: Path, monkeypatch) -> None:
    shutil.copy(converted(30, 0), tmp_path / "lam.onnx")
    monkeypatch.chdir(tmp_path)
    frames: list[np.ndarray] = []
    names: dict[str, Any] = {
        "samples": speech_24k,
        "microphone": np.array_split(speech_24k, 20),
        "chunk": speech_24k[:24_000],
        "context": None,
        "show": frames.append,
    }
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert len(blocks) == 3
    exec(blocks[0], names)
    assert sum(map(len, frames)) == -(-len(speech_24k) * 30 // 24_000)
    assert (tmp_path / "face.json").exists()
    names["model"] = names["a2e"].load("lam.onnx")
    for block in blocks[1:]:
        exec(block, names)
    assert names["result"]["expression"].shape == (30, 52)
