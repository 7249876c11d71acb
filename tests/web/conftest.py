"""A real service, a real browser, and the page in it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.harness.browser import find_browser, launch, write_speech
from tests.harness.server import free_port, serving
from tests.harness.sync import SPY

DESKTOP = {"width": 1280, "height": 860}
MICROPHONE_SECONDS = 8.5


class Service:
    """``a2e serve`` in a process of its own, which can be killed and started again."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self._running = ExitStack()
        self.process: subprocess.Popen[bytes]

    def start(self) -> None:
        self.process = self._running.enter_context(serving(self.port))

    def stop(self) -> None:
        """Kills it, as a crash would."""
        self._running.close()


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    pytest.importorskip("fastapi", reason="the service needs the extra 'serve'")
    running = Service()
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Headless Chromium; closed before other modules, whose event loops Playwright's would bar."""
    api = pytest.importorskip("playwright.sync_api", reason="the page's tests need playwright")
    if find_browser() is None:
        pytest.skip("no Chromium found: install chromium, or name one in A2E_BROWSER")
    voice = write_speech(tmp_path_factory.mktemp("voice") / "voice.wav", MICROPHONE_SECONDS)
    with api.sync_playwright() as playwright:
        launched = launch(playwright, voice)
        yield launched
        launched.close()


@pytest.fixture
def errors() -> list[str]:
    """What the browser complained of."""
    return []


@pytest.fixture
def page(browser: Any, service: Service, errors: list[str]) -> Iterator[Any]:
    """The page, ready to speak."""
    context = browser.new_context(viewport=DESKTOP, permissions=["microphone"])
    opened = context.new_page()
    opened.set_default_timeout(20_000)
    opened.add_init_script(SPY)
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    opened.goto(service.url)
    opened.wait_for_selector("#status:has-text('Ready')")
    yield opened
    context.close()


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Makes a clip of so many seconds of speech."""
    folder = tmp_path_factory.mktemp("clips")

    def make(seconds: float, name: str = "clip") -> Path:
        return write_speech(folder / f"{name}.wav", seconds)

    return make
