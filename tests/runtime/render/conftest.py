"""Films need the extra 'render'; Chromium draws the face as the page does."""

from __future__ import annotations

import base64
import functools
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from a2e.data import find_web
from a2e.render import PACKAGES
from a2e.shapes import ARKIT
from tests.harness.browser import find_browser, launch

WHITE = 255
DRAW = """async ([width, height, names, weights, sway]) => {
  const { Face } = await import("/face/face.js");
  const canvas = document.createElement("canvas");
  canvas.style.cssText = `display: block; width: ${width}px; height: ${height}px`;
  document.body.replaceChildren(canvas);
  new Face(canvas, names).draw(weights, sway);
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  let text = "";
  for (let i = 0; i < data.length; i += 8192)
    text += String.fromCharCode(...data.subarray(i, i + 8192));
  return btoa(text);
}"""
Draw = Callable[..., NDArray[np.uint8]]


@pytest.fixture(scope="session", autouse=True)
def _packages() -> None:
    for module, name in PACKAGES.items():
        pytest.importorskip(module, reason=f"films need {name}, of the extra 'render'")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def browser() -> Iterator[Draw]:
    """Draws weights {shape: weight} and a sway in Chromium: uint8 [height, width, 4]."""
    api = pytest.importorskip("playwright.sync_api", reason="Chromium is driven by playwright")
    if find_browser() is None:
        pytest.skip("no Chromium found: install chromium, or name one in A2E_BROWSER")
    handler = functools.partial(Quiet, directory=str(find_web()))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with api.sync_playwright() as playwright:
        launched = launch(playwright)
        page = launched.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/face/colours.js")

        def draw(
            weights: Mapping[str, float], width: int, height: int, sway: Any = (0, 0, 0)
        ) -> NDArray[np.uint8]:
            values = [weights.get(name, 0) for name in ARKIT]
            held = dict(zip(("x", "y", "roll"), sway, strict=True))
            text = page.evaluate(DRAW, [width, height, list(ARKIT), values, held])
            return np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width, 4)

        yield draw
        launched.close()
    server.shutdown()


def over_white(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Straight red, green, blue, opacity on white paper: [height, width, 3]."""
    opacity = pixels[..., 3:] / 255
    return pixels[..., :3] * opacity + WHITE * (1 - opacity)
