"""The package as npm packs it, in an empty project: in node, without a bundler and with one."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tarfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.harness.static_server import static_site
from tests.web.node import find_node

ROOT = Path(__file__).parents[3]
WEB = ROOT / "web"
pytestmark = pytest.mark.slow

USE = """
import {{ load, Live, rowsOf }} from "a2e";
import {{ Player }} from "a2e/player";
const model = await load({options});
const stream = model.stream({{ rate: 16000, post: new Live(), seed: 1 }});
const samples = Float32Array.from({{ length: 16000 }}, (_, i) => 0.3 * Math.sin(i / 20));
const parts = [await stream.push(samples), await stream.flush()];
const rows = parts.flatMap((frames) => rowsOf(frames));
const told = JSON.stringify([rows.length, rows[0].length, model.fps, typeof Player]);
{tell}
"""
EXPECTED = [30, 52, 30, "function"]
TELL = "document.title = told;"
IMPORTS = {"a2e": "./node_modules/a2e/runtime/index.js"}
TYPES = """
import { load, Live, type Frames, type Model } from "a2e";
import { Player } from "a2e/player";
const model: Model = await load(null, { onProgress: ({ file, loaded, total }) => void file });
const stream = model.stream({ rate: 48000, style: { 0: 1 }, post: new Live({ head: true }) });
const { first, count, weights }: Frames = await stream.push(new Int16Array(480), { channels: 2 });
const latency: number = stream.latency;
// @ts-expect-error there is no such option
model.stream({ rat: 48000 });
export { count, first, latency, Player, weights };
"""


def npm(folder: Path, *arguments: str) -> str:
    node = Path(find_node())
    environment = os.environ | {"PATH": f"{node.parent}{os.pathsep}{os.environ['PATH']}"}
    command = [str(node.parent / "npm"), "--silent", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def tarball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packed")
    npm(WEB, "pack", "--pack-destination", str(folder))
    (packed,) = folder.glob("*.tgz")
    return packed


@pytest.fixture(scope="module")
def project(tarball: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty project with the package, installed without a network."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "package.json").write_text('{"private": true, "type": "module"}')
    npm(folder, "install", "--offline", "--no-audit", "--no-fund", "--omit=peer", str(tarball))
    return folder


def title_of(context: Any, project: Path, page: str) -> Any:
    """What the page of this name has to tell."""
    with static_site(project) as site:
        opened = context.new_page()
        errors: list[str] = []
        opened.on("pageerror", lambda error: errors.append(str(error)))
        opened.goto(site.url + page)
        opened.wait_for_function("document.title.startsWith('[')", timeout=30_000)
        assert errors == []
        return json.loads(opened.title())


def test_it_carries_what_it_needs_and_no_more(tarball: Path) -> None:
    with tarfile.open(tarball) as archive:
        names = {name.removeprefix("package/") for name in archive.getnames()}
        described = json.load(archive.extractfile("package/package.json"))  # type: ignore[arg-type]
    assert {"README.md", "models/model.onnx", "ort/ort-wasm-simd-threaded.wasm"} <= names
    assert {name.split("/")[0] for name in names if "/" in name} <= set(described["files"])
    assert "dependencies" not in described
    entries = [path for entry in described["exports"].values() for path in _paths(entry)]
    assert {path.removeprefix("./") for path in entries if "*" not in path} <= names
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert described["version"] == version


def _paths(entry: Any) -> list[str]:
    return [entry] if isinstance(entry, str) else list(entry.values())


def test_it_works_in_node(project: Path) -> None:
    code = USE.format(options="", tell="console.log(told);")
    done = subprocess.run(
        [find_node(), "--input-type=module", "-e", code],
        cwd=project,
        capture_output=True,
        text=True,
    )
    assert json.loads(done.stdout or "0") == EXPECTED, done.stderr


def test_it_works_without_a_bundler(project: Path, context: Any) -> None:
    imports = IMPORTS | {"a2e/player": "./node_modules/a2e/player/player.js"}
    code = USE.format(options="", tell=TELL)
    (project / "plain.html").write_text(
        f'<!doctype html><script type="importmap">{json.dumps({"imports": imports})}</script>'
        f'<script type="module">{code}</script>'
    )
    assert title_of(context, project, "plain.html") == EXPECTED


def test_it_works_with_a_bundler(project: Path, context: Any) -> None:
    options = 'null, { base: "./node_modules/a2e" }'
    (project / "app.js").write_text(USE.format(options=options, tell=TELL))
    bundle = [str(WEB / "node_modules/.bin/esbuild"), "app.js", "--bundle", "--format=esm"]
    built = subprocess.run(
        [*bundle, "--outfile=built.js"], cwd=project, capture_output=True, text=True
    )
    assert built.returncode == 0, built.stderr
    assert not re.search(r'\bfrom ?"a2e', (project / "built.js").read_text())
    page = '<!doctype html><script type="module" src="built.js"></script>'
    (project / "built.html").write_text(page)
    assert title_of(context, project, "built.html") == EXPECTED


def test_its_types_are_there(project: Path) -> None:
    (project / "app.ts").write_text(TYPES)
    options = ["--noEmit", "--strict", "--target", "es2023", "--module", "esnext"]
    options += ["--moduleResolution", "bundler", "--types", ""]
    done = subprocess.run(
        [find_node(), str(WEB / "node_modules/.bin/tsc"), *options, "app.ts"],
        cwd=project,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
