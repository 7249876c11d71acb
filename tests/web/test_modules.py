"""The modules that need no browser, under node's own test runner; files equal the package's own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

import a2e
from a2e.shapes import ARKIT
from tests.web.node import find_node

HERE = Path(__file__).parent
WEB = HERE.parents[1] / "web"
WRITE = """
import {{ bsData, liveLinkCsv }} from "{web}/page/formats.js";
import {{ readFileSync }} from "node:fs";
const {{ rows, names }} = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify([bsData(rows, names, 30), liveLinkCsv(rows, names, 30)]));
"""


def run(command: list[str], text: str = "") -> str:
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("path", sorted(HERE.glob("*/*.test.mjs")), ids=lambda path: path.stem)
def test_modules(path: Path) -> None:
    report = run([find_node(), "--test", "--test-reporter=tap", str(path)])
    assert "# fail 0" in report


def test_downloads_equal_the_packages_own_files(tmp_path: Path) -> None:
    weights = np.random.default_rng(1).random((95, 52)).astype(np.float32)
    clip = a2e.Clip(weights, ARKIT, 30)
    clip.save(tmp_path / "face.json")
    clip.save(tmp_path / "face.csv")
    given = json.dumps({"rows": weights.tolist(), "names": ARKIT})
    code = WRITE.format(web=WEB.as_posix())
    bsdata, csv = json.loads(run([find_node(), "--input-type=module", "-e", code], given))
    assert json.loads(bsdata) == json.loads((tmp_path / "face.json").read_text())
    assert csv == (tmp_path / "face.csv").read_text()
