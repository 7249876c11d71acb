"""Whether the page's face keeps time with its voice, measured in a real browser.

    python -m benchmarks page_sync

Plays a minute of speech in headless Chromium and compares every drawing with the audio clock (see
`tests.harness.sync`).
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

import a2e
from a2e.data import SPEECH
from benchmarks.harness.command import options, run
from benchmarks.harness.rows import Row, write_row
from tests.harness.browser import launch, wait_for, write_speech
from tests.harness.server import free_port, serving
from tests.harness.sync import SPY, Array, Sync, observe

SECONDS = 60


def measure() -> tuple[Sync, dict[str, Any]]:
    """A minute of speech in the page, and the browser's facts."""
    from playwright.sync_api import sync_playwright

    port = free_port()
    with tempfile.TemporaryDirectory() as folder, serving(port), sync_playwright() as playwright:
        clip = write_speech(Path(folder) / "minute.wav", SECONDS)
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        page.add_init_script(SPY)
        page.goto(f"http://127.0.0.1:{port}/")
        wait_for(page, "a2e.session.info.names.length")
        page.set_input_files("#file", clip)
        wait_for(page, "a2e.drawn.state === 'ended'", SECONDS + 30)
        sync = observe(page)
        context = page.evaluate(
            "(({ baseLatency, outputLatency, sampleRate }) => ({ baseLatency, "
            "outputLatency, sampleRate }))(a2e.session.context)"
        )
        facts = {"browser": browser.version, "context": context}
        browser.close()
    return sync, facts


def expected_jaw() -> Array:
    """jawOpen of the same speech by the library."""
    samples, rate = soundfile.read(SPEECH, dtype="float32")
    model = a2e.load()
    weights = model.animate(np.resize(samples, SECONDS * rate), rate).weights
    return weights[:, model.names.index("jawOpen")].astype(float)


def work(_: argparse.Namespace) -> None:
    sync, browser = measure()
    offsets = sync.offsets
    facts = {
        "seconds": SECONDS,
        **browser,
        "drawings": len(offsets),
        "drawings_per_second": round(len(offsets) / SECONDS, 1),
        "offset_frames": {str(int(n)): int((offsets == n).sum()) for n in np.unique(offsets)},
        "offset_ms_mean": round(1000 * float((sync.time - sync.heard).mean()), 3),
        "offset_ms_worst": round(1000 * float(np.abs(sync.time - sync.heard).max()), 3),
        "drift_ms": round(1000 * sync.drift, 3),
        "jaw_lag_ms": round(1000 * sync.lag(expected_jaw()), 3),
    }
    write_row(Row("page_sync", model="bundled", facts=facts))
    for name, value in facts.items():
        print(f"{name:20} {value}")


def main() -> None:
    run(work, options(__doc__))


if __name__ == "__main__":
    main()
