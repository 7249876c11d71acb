"""The demo page that listens to a microphone: its delay, its frames, its heap."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.harness.rows import ROOT
from benchmarks.harness.system import BenchmarkError
from tests.harness.browser import launch, wait_for, write_speech
from tests.harness.static_server import static_site
from tests.web.node import find_node

SPY = ROOT / "benchmarks" / "harness" / "demo_spy.js"
VOICE_SECONDS = 60
SETTLING_SECONDS = 10
"""Time in which the player finds its pace."""
MICROPHONE_SECONDS = 10
OUTPUT = "a2e.session.context.baseLatency + a2e.session.context.outputLatency"


@contextmanager
def opened() -> Iterator[Any]:
    """The page, built and ready, in a browser whose microphone hears speech."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = [find_node(), str(ROOT / "web" / "scripts" / "demo.mjs"), str(folder / "demo")]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise BenchmarkError(f"the demo page can't be built: {done.stderr.strip()[-200:]}")
        voice = write_speech(folder / "voice.wav", VOICE_SECONDS)
        with static_site(folder / "demo") as site, sync_playwright() as playwright:
            site.replaced["/demo_spy.js"] = SPY.read_bytes()
            browser = launch(playwright, voice)
            page = browser.new_context(permissions=["microphone"]).new_page()
            page.goto(site.url)
            page.wait_for_selector("#status:has-text('Ready')")
            page.evaluate("async () => { globalThis.spy = await import('/demo_spy.js'); }")
            yield page
            browser.close()


def measure(minutes: float | None) -> dict[str, Any]:
    """Times in ms, by what was measured; with ``minutes``, of so long a voice."""
    with opened() as page:
        facts = {
            "default_microphone_to_face_ms": delay(page, prompt=False),
            "prompt_microphone_to_face_ms": delay(page, prompt=True),
        }
        return facts | (soak(page, minutes) if minutes else {})


def delay(page: Any, *, prompt: bool) -> float:
    """From a sound's first sample to the drawing of its frame, with the output's buffers; the
    microphone is left open."""
    page.set_checked("#prompt", prompt)
    if page.get_attribute("#speak", "aria-pressed") != "true":
        page.click("#speak")
    page.wait_for_selector("#status:has-text('Listening')")
    wait_for(page, f"a2e.session.mode === 'live' && a2e.session.prompt === {str(prompt).lower()}")
    wait_for(page, f"a2e.drawn.time > {SETTLING_SECONDS}", SETTLING_SECONDS + 30)
    page.evaluate("spy.begin()")
    page.wait_for_timeout(1e3 * MICROPHONE_SECONDS)
    delays: list[float] = page.evaluate("spy.notes.delays.filter(Number.isFinite)")
    output: float = page.evaluate(OUTPUT)
    return round(1e3 * (median(delays) + output), 1)


def soak(page: Any, minutes: float) -> dict[str, Any]:
    """What becomes of a voice that goes on; its heap after a minute, or half the time, is the
    measure of the last."""
    first = min(1.0, minutes / 2)
    page.evaluate("spy.begin()")
    page.wait_for_timeout(60e3 * first)
    before = heap(page)
    page.wait_for_timeout(60e3 * (minutes - first))
    notes = page.evaluate("spy.notes")
    after = heap(page)
    return {
        "minutes": minutes,
        "drawings": notes["drawings"],
        "frames_dropped": notes["dropped"],
        "frames_late": notes["late"],
        "demo_longest_hold_ms": round(notes["hold"], 1),
        "heap_mb_first": round(before / 1e6, 2),
        "heap_mb_last": round(after / 1e6, 2),
        "heap_growth_percent": round(100 * (after / before - 1), 1),
    }


def heap(page: Any) -> float:
    """Bytes of the page's JavaScript that are in use, swept."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")
    session.detach()
    return float(used["usedSize"] + used.get("backingStorageSize", 0))
