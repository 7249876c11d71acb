"""Avatars of every kind, made into files, and pages that load them with the real loaders."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

import a2e
from a2e.data import SPEECH
from tests.web.faces import avatars
from tests.web.node import find_node
from tests.web.site import WEB, site

HERE = Path(__file__).parent
MODULES = WEB / "node_modules"
IMPORTS = {
    "three": "/web/node_modules/three/build/three.module.js",
    "three/addons/": "/web/node_modules/three/examples/jsm/",
    "@pixiv/three-vrm": "/web/node_modules/@pixiv/three-vrm/lib/three-vrm.module.js",
}
"""What stands in for a bundler."""
PACKAGES = ("core", "loaders")
LOAD = """window.load = async (module, avatar) => {
  window.stage = await (await import(module)).load("/made/" + avatar);
};"""
PAGE = f"""<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
<script type="importmap">{json.dumps({"imports": IMPORTS})}</script>
<script>{LOAD}</script><body></body>"""


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of avatars and a page."""
    if not (MODULES / "three").is_dir():
        pytest.skip("three.js is not installed: run npm ci in web/")
    folder = tmp_path_factory.mktemp("avatars")
    (folder / "index.html").write_text(PAGE)
    for name, content in avatars.all_files().items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture(scope="session")
def bundled(made: Path) -> str:
    """The name of Babylon.js's page in one file, as a bundler makes it of the adapter too."""
    packages = (f"--alias:@babylonjs/{name}={MODULES}/@babylonjs/{name}" for name in PACKAGES)
    page = HERE / "babylon-page.js"
    done = subprocess.run(
        [
            *(MODULES / ".bin" / "esbuild", page, "--bundle", "--format=esm", "--log-level=error"),
            *(f"--outfile={made}/babylon.js", *packages),
        ],
        env={**os.environ, "PATH": f"{Path(find_node()).parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return "/made/babylon.js"


@pytest.fixture(scope="module")
def address(made: Path) -> Iterator[str]:
    with site({"web": WEB, "tests": HERE, "made": made}) as url:
        yield url


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    """A page with an import map, and ``load(module, avatar)``."""
    context = browser.new_context()
    opened = context.new_page()
    opened.set_default_timeout(60_000)
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto(f"{address}made/index.html")
    yield opened
    context.close()
    assert errors == []


@pytest.fixture(scope="session")
def frames() -> NDArray[np.float32]:
    """The bundled speech's weights, [n, 52]."""
    samples, rate = soundfile.read(SPEECH, dtype="float32")
    return a2e.load().animate(samples, rate, seed=1).weights[::2]
