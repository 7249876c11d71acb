"""Headless Chromium and plain static servers, for the runtime's worker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.harness.static_server import ISOLATED, Site, static_site

WEB = Path(__file__).parents[3] / "web"


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """The package's folder on a server that knows nothing of isolation."""
    with static_site(WEB) as served:
        served.replaced["/"] = b"<!doctype html><title>a page</title><link rel=icon href=data:,>"
        yield served


@pytest.fixture(scope="module")
def isolated_site() -> Iterator[Site]:
    """The same with the headers that give a page threads."""
    with static_site(WEB, ISOLATED) as served:
        served.replaced["/"] = b"<!doctype html><title>a page</title><link rel=icon href=data:,>"
        yield served


@pytest.fixture
def context(browser: Any) -> Iterator[Any]:
    """A visitor's browser with empty caches."""
    opened = browser.new_context()
    yield opened
    opened.close()


@pytest.fixture
def empty_page(context: Any, site: Site) -> Any:
    """A page without anything, on the site; what was asked for before is forgotten."""
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.goto(site.url)
    site.asked.clear()
    return page
