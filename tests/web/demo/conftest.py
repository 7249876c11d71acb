"""The demo page, built, on a plain static server."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.harness.static_server import Site, static_site
from tests.harness.sync import SPY
from tests.web.node import find_node

WEB = Path(__file__).parents[3] / "web"
DESKTOP = {"width": 1280, "height": 860}


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `npm run demo` makes."""
    if not (WEB / "node_modules" / "three").is_dir() or not (WEB / "ort").is_dir():
        pytest.skip("the page can't be built: run npm ci in web/")
    folder = tmp_path_factory.mktemp("demo") / "demo"
    command = [find_node(), str(WEB / "scripts" / "demo.mjs"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def site(built: Path) -> Iterator[Site]:
    with static_site(built) as served:
        yield served


@pytest.fixture
def errors() -> list[str]:
    """What the browser complained of."""
    return []


@pytest.fixture
def context(browser: Any) -> Iterator[Any]:
    """A visitor's browser with empty caches, and a microphone that it may use."""
    opened = browser.new_context(viewport=DESKTOP, permissions=["microphone"])
    yield opened
    opened.close()


@pytest.fixture
def blank(context: Any, errors: list[str]) -> Any:
    """A tab that spies on the page it will show."""
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.add_init_script(SPY)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    return page


@pytest.fixture
def page(blank: Any, site: Site) -> Any:
    """The page, ready to speak."""
    blank.goto(site.url)
    blank.wait_for_selector("#status:has-text('Ready')")
    return blank
