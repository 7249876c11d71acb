"""From the microphone to the face in the page, measured in a real browser: where the time goes.

    python -m benchmarks page_microphone [--model FILE] [--seconds 20] [-- SERVE OPTIONS]

Headless Chromium hears speech from a file. The lag of frames is the time from a sound's first
sample in the audio graph to the arrival of the frame that begins with it; the player's delay is the
time from that sample to the drawing. What a microphone's driver and a screen add is not in it.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness.command import options, run
from benchmarks.harness.rows import Row, write_row
from tests.harness.browser import launch, wait_for, write_speech
from tests.harness.server import server
from tests.harness.sync import FPS, SPY

SETTLED = 0.5
"""Share of the time after which the player has found its pace."""
ARRIVALS = """
window.arrivals = [];
const Socket = WebSocket;
window.WebSocket = class extends Socket {
  constructor(...all) {
    super(...all);
    this.addEventListener("message", ({ data }) => {
      if (typeof data === "string") return;
      const { session } = a2e;
      arrivals.push([session.player.now(), new DataView(data).getUint32(8, true)]);
    });
  }
};
"""
"""Notes when frames come, by the clock of what is heard, and the first one's number."""
FACTS = """(({ session }) => ({
  rate: session.context.sampleRate,
  base: session.context.baseLatency,
  output: session.context.outputLatency,
  latency: session.info.latency,
  hop: session.info.hop,
  from: session.recordings[0].speech.startTime,
  delay: session.delay,
}))(a2e)"""


def measure(serve: list[str], seconds: float) -> dict[str, Any]:
    """Speech into the microphone for ``seconds``; times in ms."""
    from playwright.sync_api import sync_playwright

    with (
        tempfile.TemporaryDirectory() as folder,
        server(serve) as served,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright, write_speech(Path(folder) / "voice.wav", seconds))
        page = browser.new_context(permissions=["microphone"]).new_page()
        page.add_init_script(SPY)
        page.add_init_script(ARRIVALS)
        page.goto(served.url)
        wait_for(page, "a2e.session.info.names.length")
        page.click("#speak")
        wait_for(page, f"a2e.drawn.time > {seconds}", seconds + 30)
        facts = page.evaluate(FACTS)
        came, first = np.array(page.evaluate("arrivals"), float).T
        clock, index, time, _ = np.array(page.evaluate("spy.samples"), float).T
        browser.close()
    settled = time > SETTLED * seconds
    delays = (clock - facts["from"] - time)[settled & (index > 0)]
    lags = (came - facts["from"] - first / FPS)[first / FPS > SETTLED * seconds]
    return {
        "sample_rate": facts["rate"],
        "service_ms": round(1e3 * facts["latency"], 1),
        "lag_ms_least": round(1e3 * float(lags.min()), 1),
        "lag_ms_p50": round(1e3 * float(np.median(lags)), 1),
        "lag_ms_worst": round(1e3 * float(lags.max()), 1),
        "delay_ms": round(1e3 * float(np.median(delays)), 1),
        "output_ms": round(1e3 * (facts["base"] + facts["output"]), 1),
        "microphone_to_face_ms": round(
            1e3 * (float(np.median(delays)) + facts["base"] + facts["output"]), 1
        ),
    }


def work(arguments: argparse.Namespace) -> None:
    serve = [*(["--model", str(arguments.model)] if arguments.model else []), *arguments.serve]
    facts = {"serve": arguments.serve, **measure(serve, arguments.seconds)}
    name = arguments.model.stem if arguments.model else "bundled"
    write_row(Row("page_microphone", model=name, facts=facts))
    for label, value in facts.items():
        print(f"{label:22} {value}")


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--model", type=Path, help="a model file, by default the bundled one")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("serve", nargs="*", help="options of a2e serve")
    run(work, parser)


if __name__ == "__main__":
    main()
