"""The page's files, as the service serves them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest

pytest.importorskip("fastapi", reason="the service needs the extra 'serve'")

from fastapi import FastAPI
from fastapi.testclient import TestClient

from a2e.data import find_web
from a2e.serve.static import ALIASES, FOLDERS, add_page

REFERENCE = re.compile(
    r"""(?:from|import|src=|href=|new URL\()\s*"([^":]+)"(?!, document)""", re.MULTILINE
)

NOT_OF_THE_PAGE = {f"/sources/{name}.js" for name in ("pcm", "sounds", "voices")}
"""Served for other pages."""


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    app = FastAPI()
    add_page(app)
    with TestClient(app) as opened:
        yield opened


def test_every_file_that_the_page_reaches_is_served(client: TestClient) -> None:
    seen: set[str] = set()
    waiting = ["/"]
    while waiting:
        url = waiting.pop()
        if url in seen:
            continue
        seen.add(url)
        answer = client.get(url)
        assert answer.status_code == 200, url
        if url.endswith((".js", "/")):
            waiting += [urljoin(url, path) for path in REFERENCE.findall(answer.text)]
    folders = {url.split("/")[1] for url in seen if url.endswith(".js")}
    assert folders == set(FOLDERS)
    assert {"/page/speech.flac", "/sources/tap-worklet.js", "/page/icon.svg"} <= seen
    modules = {f"/{path.relative_to(find_web())}" for path in _modules()}
    assert {url for url in seen if url.endswith(".js")} == modules - NOT_OF_THE_PAGE


def _modules() -> list[Path]:
    return [path for folder in FOLDERS for path in (find_web() / folder).rglob("*.js")]


@pytest.mark.parametrize("name", ALIASES)
@pytest.mark.parametrize("folder", ["/", "/page/"])
def test_former_addresses_give_the_modules_of_today(
    client: TestClient, folder: str, name: str
) -> None:
    answer = client.get(folder + name)
    assert answer.status_code == 200
    assert "javascript" in answer.headers["content-type"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    for path in REFERENCE.findall(answer.text):
        assert client.get(urljoin(folder + name, path)).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/package.json",
        "/..%2fpackage.json",
        "/page/%2e%2e/package.json",
        "/types/audio-worklet.d.ts",
    ],
)
def test_what_lies_beside_the_folders_is_not_served(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_an_installed_package_has_its_own_files(tmp_path: Path) -> None:
    package = tmp_path / "site-packages" / "a2e"
    (package / "serve" / "web").mkdir(parents=True)
    assert find_web(package) == package / "serve" / "web"


def test_a_checkout_has_them_in_web(tmp_path: Path) -> None:
    package = tmp_path / "runtime" / "a2e"
    package.mkdir(parents=True)
    assert find_web(package) == tmp_path / "web"
