"""Visemes in JavaScript: the definition's poses, and Python's shares."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import a2e
from a2e.shapes import ARKIT
from tests.web.node import find_node
from tests.web.site import WEB

DEFINITION = Path(a2e.__file__).parent / "data" / "visemes.json"

FACES = (WEB / "faces").as_uri()
SHARES = """
import {{ readFileSync }} from "node:fs";
import {{ {rig} }} from "{faces}/viseme-poses.js";
import {{ Visemes }} from "{faces}/visemes.js";
const [names, frames] = JSON.parse(readFileSync(0, "utf8"));
const {{ sil, ...mouths }} = {rig};
const visemes = new Visemes(mouths, names);
console.log(JSON.stringify(frames.map((weights) => [...visemes.shares(weights)])));
"""


def run(code: str, text: str = "") -> str:
    command = [find_node(), "--input-type=module", "-e", code]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("rig", ["OCULUS", "VRM"])
def test_poses_equal_the_definition(rig: str) -> None:
    code = f'console.log(JSON.stringify((await import("{FACES}/viseme-poses.js")).{rig}))'
    defined = json.loads(DEFINITION.read_text())[rig.lower()]["poses"]
    poses = {
        mouth: {
            name: pose.get(name, pose.get(name.removesuffix("Left").removesuffix("Right"), 0))
            for name in ARKIT
        }
        for mouth, pose in json.loads(run(code)).items()
    }
    for mouth, pose in defined.items():
        if not mouth.startswith("blink"):  # lids are no mouths
            assert poses.pop(mouth) == {name: pose.get(name, 0) for name in ARKIT}
    assert poses == {}


@pytest.mark.parametrize("rig", ["OCULUS", "VRM"])
def test_shares_equal_pythons(rig: str, frames: NDArray[np.float32]) -> None:
    visemes = pytest.importorskip("a2e.visemes", reason="this a2e makes no visemes")
    anything = np.random.default_rng(3).random((40, len(ARKIT))).astype(np.float32)
    both = np.concatenate([frames, anything])
    mapped = visemes.shape_map(rig.lower(), ARKIT, 30).step(both)
    mouths = mapped[:, 1:] if rig == "OCULUS" else mapped[:, :5]  # without silence and lids
    given = json.dumps([ARKIT, both.tolist()])
    shares = json.loads(run(SHARES.format(rig=rig, faces=FACES), given))
    np.testing.assert_allclose(shares, mouths, atol=1e-5)
