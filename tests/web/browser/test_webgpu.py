"""The WebGPU backend gives the same weights, on the software adapter that Chromium may have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import a2e
from tests.harness.browser import FLAGS, find_browser
from tests.harness.static_server import static_site
from tests.web.browser.test_worker import STREAM, speech

WEB = Path(__file__).parents[3] / "web"
SOFTWARE = ("--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader")
VULKAN = ("--enable-features=Vulkan", "--use-vulkan=swiftshader")
ADAPTER = "async () => Boolean(await navigator.gpu?.requestAdapter())"
PAGE = b"<!doctype html><title>a page</title><link rel=icon href=data:,>"
pytestmark = pytest.mark.slow


def test_weights_are_pythons_on_webgpu() -> None:
    api = pytest.importorskip("playwright.sync_api", reason="the page's tests need playwright")
    if find_browser() is None:
        pytest.skip("no Chromium found: install chromium, or name one in A2E_BROWSER")
    flags = [flag for flag in FLAGS if flag != "--disable-gpu"]
    with static_site(WEB) as site, api.sync_playwright() as playwright:
        site.replaced["/"] = PAGE
        flags += [*SOFTWARE, *VULKAN]
        browser = playwright.chromium.launch(executable_path=find_browser(), args=flags)
        page = browser.new_page()
        page.goto(site.url)
        if not page.evaluate(ADAPTER):
            pytest.skip("this Chromium has no software adapter for WebGPU")
        samples, rate = speech(0.2)
        options = {"rate": rate, "post": "raw", "load": {"backend": "webgpu"}}
        given = page.evaluate(STREAM, [samples.tolist(), 2_400, options])
        asked = {path for _, path in site.asked}
        browser.close()
    expected = a2e.load().animate(samples, rate, post=None).weights
    got = np.array(given["weights"], np.float32).reshape(expected.shape)
    np.testing.assert_allclose(got, expected, atol=1e-4, rtol=0)
    assert "/ort/ort-wasm-simd-threaded.asyncify.wasm" in asked
    assert "/ort/ort-wasm-simd-threaded.wasm" not in asked
