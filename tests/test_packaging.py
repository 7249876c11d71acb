"""The sdist and the wheel: built, installed into an empty environment, and used from there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import distribution
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import httpx
import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.slow
COMMENTS = re.compile(r"/\*.*?\*/|^\s*//[^\n]*", re.DOTALL | re.MULTILINE)
IMPORTS = re.compile(
    r"""\b(?:import|export)\b[^"';]*?\bfrom\s*["']([^"']+)["']"""
    r"""|\bimport\s*\(?\s*["']([^"']+)["']"""
    r"""|\bnew\s+URL\(\s*["']([^"']+)["']\s*,\s*import\.meta\.url"""
)
LINKS = re.compile(r"""<(?:script|link|img|audio)\b[^>]*?\b(?:src|href)=["']([^"'#:]+)["']""")


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The sdist, and the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return sdist, wheel


@pytest.fixture(scope="module")
def environment(archives: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel, and with what it says it needs and nothing else."""
    folder = tmp_path_factory.mktemp("empty") / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    install = [sys.executable, "-m", "pip", "--python", str(folder), "install", "--quiet"]
    options = ["--no-deps", "--no-index", "--disable-pip-version-check", str(archives[1])]
    subprocess.run(install + options, check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    (installed,) = packages.glob("a2e-*.dist-info")
    needed = re.findall(
        r"^Requires-Dist: (.*)$", (installed / "METADATA").read_text(), re.MULTILINE
    )
    for entry in entries(needed, {"cpu", "serve"}):
        (packages / entry.name).symlink_to(entry)
    return folder


def entries(requirements: list[str], extras: set[str]) -> set[Path]:
    """Files and folders of the distributions here that meet ``requirements``, and of theirs."""
    chosen: set[Path] = set()
    visited: set[tuple[str, frozenset[str]]] = set()
    waiting = [(text, extras) for text in requirements]
    while waiting:
        text, wanted = waiting.pop()
        requirement = Requirement(text)
        marker = requirement.marker
        asked = (requirement.name, frozenset(requirement.extras))
        if asked in visited or (
            marker and not any(marker.evaluate({"extra": extra}) for extra in wanted | {""})
        ):
            continue
        visited.add(asked)
        package = distribution(requirement.name)
        assert package.version in requirement.specifier, f"{text}; {package.version} is here"
        tops = {file.parts[0] for file in package.files or () if file.parts[0] != ".."}
        chosen |= {Path(str(package.locate_file(top))) for top in tops - {"__pycache__"}}
        waiting += [(inner, set(requirement.extras)) for inner in package.requires or ()]
    return chosen


def command(environment: Path, name: str, *arguments: str) -> list[str]:
    return [str(environment / "bin" / name), *arguments]


def clean() -> dict[str, str]:
    """The environment's variables without paths to this tree."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def run(environment: Path, folder: Path, name: str, *arguments: str) -> str:
    return subprocess.run(
        command(environment, name, *arguments),
        cwd=folder,
        env=clean(),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout


@contextmanager
def service(environment: Path, folder: Path) -> Iterator[str]:
    """The URL of ``a2e serve``, once it listens."""
    with subprocess.Popen(
        command(environment, "a2e", "serve", "--port", "0"),
        cwd=folder,
        env=clean(),
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        try:
            lines = iter(process.stderr.readline, "")
            yield next(match[1] for line in lines if (match := re.search(r"(http://\S+)", line)))
        finally:
            process.terminate()
            process.stderr.read()


def references(url: str, text: str) -> set[str]:
    """What a page links to, or a module imports, as URLs."""
    if url.endswith(".js"):
        matches = IMPORTS.findall(COMMENTS.sub("", text))
        names = [name for match in matches for name in match if name]
        assert all(name.startswith(".") or "." in name for name in names), (url, names)
    else:
        names = LINKS.findall(text)
    return {urldefrag(urljoin(url, name)).url for name in names}


def crawl(url: str) -> dict[str, str]:
    """Content types of ``url`` and of all that it needs, by path."""
    types: dict[str, str] = {}
    waiting = {f"{url}/", f"{url}/page/player.js"}
    with httpx.Client() as client:
        while waiting:
            address = waiting.pop()
            answer = client.get(address)
            assert answer.status_code == 200, address
            types[address.removeprefix(url)] = answer.headers["content-type"]
            if address.endswith((".js", ".html", "/")):
                waiting |= references(address, answer.text)
            waiting = {link for link in waiting if link.removeprefix(url) not in types}
    return types


def tracked() -> set[str]:
    """Files that git holds and that are there."""
    listing = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    return {name for name in listing.stdout.splitlines() if (ROOT / name).exists()}


def test_the_sdist_has_all_that_a_contributor_needs(archives: tuple[Path, Path]) -> None:
    with tarfile.open(archives[0]) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert {
        "CONTRIBUTING.md",
        "SECURITY.md",
        "Makefile",
        "mkdocs.yml",
        "tests/conftest.py",
    } <= names
    assert not tracked() - names


def test_the_wheel_has_the_two_packages_only(archives: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(archives[1]) as wheel:
        names = wheel.namelist()
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"a2e", "a2e_export"}
    assert {"a2e/py.typed", "a2e/data/model.onnx", "a2e/data/speech.flac"} <= set(names)
    assert not [name for name in names if name.endswith((".pyc", ".pth"))]


def test_the_installed_package_is_the_wheels(environment: Path, tmp_path: Path) -> None:
    program = "import a2e, importlib.util as u; print(a2e.__file__, u.find_spec('torch'))"
    file, torch = run(environment, tmp_path, "python", "-c", program).split()
    assert Path(file).is_relative_to(environment)
    assert torch == "None"


def test_the_command_line_runs(environment: Path, tmp_path: Path) -> None:
    program = "from a2e.data import SPEECH; print(SPEECH)"
    speech = run(environment, tmp_path, "python", "-c", program).strip()
    run(environment, tmp_path, "a2e", "animate", speech, "-o", "face.json")
    face = json.loads((tmp_path / "face.json").read_text())
    assert len(face["frames"]) == face["metadata"]["frame_count"] > 60
    assert "shapes" in run(environment, tmp_path, "a2e", "inspect")
    for name in ("a2e", "a2e-export"):
        assert "--help" in run(environment, tmp_path, name, "--help")


def test_the_service_shows_its_page(environment: Path, tmp_path: Path) -> None:
    with service(environment, tmp_path) as url:
        types = crawl(url)
    assert types["/"].startswith("text/html")
    modules = {path: kind for path, kind in types.items() if path.endswith(".js")}
    assert len(modules) > 3
    assert all("javascript" in kind for kind in modules.values())
