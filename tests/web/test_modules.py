"""The modules that need no browser, under node's own test runner; files equal the package's own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import a2e
from a2e.shapes import ARKIT, HEAD
from tests.web.node import find_node

HERE = Path(__file__).parent
WEB = HERE.parents[1] / "web"
FORMATS = {
    "bsData": "bsdata",
    "liveLinkCsv": "livelink",
    "talkingHead": "talkinghead",
    "audio2Face": "audio2face",
    "ndjson": "ndjson",
}
"""Functions of the page, and the package's own names of what they write."""
WRITE = """
import * as formats from "{web}/page/formats.js";
import {{ readFileSync }} from "node:fs";
const {{ rows, names, functions }} = JSON.parse(readFileSync(0, "utf8"));
const files = functions.map((name) => formats[name](rows, names, 30, "voice.wav"));
process.stdout.write(JSON.stringify(files));
"""


def run(command: list[str], text: str = "") -> str:
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("path", sorted(HERE.glob("*/*.test.mjs")), ids=lambda path: path.stem)
def test_modules(path: Path) -> None:
    report = run([find_node(), "--test", "--test-reporter=tap", str(path)])
    assert "# fail 0" in report


@pytest.mark.parametrize("names", [ARKIT, (*ARKIT, *HEAD)], ids=["shapes", "head"])
def test_downloads_equal_the_packages_own_files(tmp_path: Path, names: tuple[str, ...]) -> None:
    weights = np.random.default_rng(1).random((95, len(names))).astype(np.float32)
    weights[:4, 0] = np.array([1, 3, 5, 7]) / 128  # halves of the sixth decimal
    clip = a2e.Clip(weights, names, 30)
    given = json.dumps({"rows": weights.tolist(), "names": names, "functions": list(FORMATS)})
    code = WRITE.format(web=WEB.as_posix())
    written = json.loads(run([find_node(), "--input-type=module", "-e", code], given))
    for text, format in zip(written, FORMATS.values(), strict=True):
        path = tmp_path / format
        clip.save(path, format, audio="voice.wav")
        assert _parsed(text, format) == _parsed(path.read_text(), format)


def _parsed(text: str, format: str) -> Any:
    """What a file says: numbers in JSON have many spellings."""
    if format == "livelink":
        return text
    return [json.loads(line) for line in (text.splitlines() if format == "ndjson" else [text])]
