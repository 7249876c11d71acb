"""The runtime for browsers: its cost in a worker, and the way to the first face.

    python -m benchmarks browser [--seconds 60] [--visits 5] [--low-latency] [--minutes 10]

Headless Chromium opens a page of `web/` from a local server: first with empty caches, then again.
The first face is drawn when the model has loaded and the first frame of speech has come. Every
100 ms of speech goes from the page to the worker and back.

Then the demo page follows a microphone that hears a file, with the model of the least lookahead
and with the other one: the time from a sound's first sample in the audio graph to the drawing of
the frame that begins with it, the output's buffers included. With ``--minutes`` it follows on:
frames that were never drawn or came after their time, how long the page's thread was held at most,
and the heap after the last minute against that after the first.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

import numpy as np
import soundfile

from a2e.data import SPEECH
from benchmarks.harness import demo_page
from benchmarks.harness.command import count, options, positive, run
from benchmarks.harness.rows import ROOT, Row, Samples, write_row
from benchmarks.harness.system import BenchmarkError
from tests.harness.browser import FLAGS, find_browser
from tests.harness.static_server import static_site

SCRIPT = ROOT / "benchmarks" / "harness" / "browser_page.js"
PAGE = b"<!doctype html><title>a2e</title><link rel=icon href=data:,><canvas></canvas>"
SETTLED = 100
"""Hops after which the browser has compiled what is used."""
SPEAKING_SECONDS = 10
WARMED_MS = 2000
"""Time for the browser to put its compiled code and the files into its caches."""
CALL = """async ([name, samples, ...rest]) => {
  const page = await import("/browser_page.js");
  return page[name](Float32Array.from(samples), ...rest);
}"""


@contextmanager
def opened(folder: str) -> Iterator[tuple[Any, str]]:
    """A page and the local server's address, in a browser that keeps its caches in ``folder``."""
    from playwright.sync_api import sync_playwright

    with static_site(ROOT / "web") as site, sync_playwright() as playwright:
        site.replaced |= {"/": PAGE, "/browser_page.js": SCRIPT.read_bytes()}
        context = playwright.chromium.launch_persistent_context(
            folder, executable_path=find_browser(), args=list(FLAGS)
        )
        page = context.pages[0]
        page.set_default_timeout(600_000)
        yield page, site.url
        context.close()


def measure(seconds: float, visits: int, load: dict[str, Any]) -> dict[str, Any]:
    """Times in ms."""
    samples, rate = soundfile.read(SPEECH, dtype="float32")
    speech = np.resize(samples, round(seconds * rate))
    start = speech[:rate].tolist()
    with tempfile.TemporaryDirectory() as folder, opened(folder) as (page, url):
        firsts = []
        for _ in range(visits + 1):
            page.goto(url)
            firsts.append(page.evaluate(CALL, ["firstFace", start, rate, load]))
            page.wait_for_timeout(WARMED_MS)
        times = page.evaluate(CALL, ["hops", speech.tolist(), rate])
        said = speech[: SPEAKING_SECONDS * rate].tolist()
        hold = page.evaluate(CALL, ["longestHold", said, rate])
        version = page.context.browser.version if page.context.browser else ""
    return {"firsts": firsts, "times": times, "hold": hold, "version": version}


def work(arguments: argparse.Namespace) -> None:
    if find_browser() is None:
        raise BenchmarkError("no Chromium found: install chromium, or name one in A2E_BROWSER")
    if not (ROOT / "web" / "ort").is_dir():
        raise BenchmarkError("web/ort is not there: run npm ci --prefix web")
    load = {"lowLatency": arguments.low_latency}
    measured = measure(arguments.seconds, arguments.visits, load)
    server, *cache = measured["firsts"]
    samples = Samples.of(measured["times"][SETTLED:] or measured["times"])
    facts = {
        "low_latency": arguments.low_latency,
        "browser": measured["version"],
        "loaded_from_server_ms": round(server["loaded"]),
        "face_from_server_ms": round(server["face"]),
        "loaded_from_cache_ms": round(median(visit["loaded"] for visit in cache)),
        "face_from_cache_ms": round(median(visit["face"] for visit in cache)),
        "longest_hold_ms": round(measured["hold"], 1),
        **demo_page.measure(arguments.minutes),
    }
    factor = round(samples.p50 / 100, 4)
    write_row(
        Row("browser", model="bundled", time_ms=samples, real_time_factor=factor, facts=facts)
    )
    print(f"{'real_time_factor':32} {factor}")
    print(f"{'hop_ms p50 p95 p99':32} {samples.p50} {samples.p95} {samples.p99}")
    for name, value in facts.items():
        print(f"{name:32} {value}")


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--seconds", type=positive, default=60, help="of speech")
    parser.add_argument("--visits", type=count, default=5, help="with a warm cache")
    parser.add_argument("--low-latency", action="store_true")
    parser.add_argument("--minutes", type=positive, help="that the demo page listens on")
    run(work, parser)


if __name__ == "__main__":
    main()
