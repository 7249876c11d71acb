"""How well the page's face keeps time with its voice, measured in a real browser.

``python -m benchmarks.page_sync`` plays a minute of speech in headless Chromium. At every animation
frame it notes the audio clock and the frame drawn. What should be drawn is worked out from when the
audio buffers were started, so the player's own books are not believed.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile
from numpy.typing import NDArray

import a2e
from a2e.data import SPEECH
from benchmarks.rows import Row, write_row

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright

Array = NDArray[np.float64]

FPS = 30
SECONDS = 60
POLL_MS = 30
SETTLED = 0.5
"""Seconds after the start that are left out of the drift."""
LAGS = np.arange(-0.2, 0.2005, 0.001)
"""Shifts of the shown curve that are tried, s."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
    *("--autoplay-policy=no-user-gesture-required", "--use-fake-ui-for-media-stream"),
    "--use-fake-device-for-media-stream",
)
SPY = """
window.spy = { starts: [], samples: [] };
const { start } = AudioBufferSourceNode.prototype;
AudioBufferSourceNode.prototype.start = function (at) {
  spy.starts.push([at, this.buffer.duration]);
  return start.call(this, at);
};
let clock = 0;
const before = () => {
  requestAnimationFrame(before);
  const context = window.a2e?.studio.context;
  if (context) clock = context.currentTime - context.baseLatency - context.outputLatency;
};
const after = () => {
  requestAnimationFrame(after);
  const { studio, drawn } = a2e;
  const jaw = drawn.weights[studio.info.names.indexOf("jawOpen")];
  spy.samples.push([clock, drawn.index, drawn.time, jaw]);
};
requestAnimationFrame(before);
addEventListener("load", () => requestAnimationFrame(after));
"""
"""Notes every start of an audio buffer, the audio clock before each drawing, and what was drawn."""


def find_browser() -> str | None:
    """A Chromium on this machine."""
    names = (os.environ.get("A2E_BROWSER", ""), *BROWSERS)
    return next((found for name in names if name and (found := shutil.which(name))), None)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(port: int) -> Iterator[subprocess.Popen[bytes]]:
    """``a2e serve`` with the bundled model."""
    code = "import sys; from a2e.console import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "serve", "--port", str(port)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        _wait_until_it_answers(port, process)
        yield process
    finally:
        process.kill()
        process.wait()


def _wait_until_it_answers(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError(f"a2e serve ended with {process.returncode}")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("a2e serve does not answer")


def launch(playwright: Playwright, microphone: Path | None = None) -> Browser:
    """Headless Chromium; ``microphone`` is a WAV file that its microphone hears, over and over."""
    heard = [f"--use-file-for-fake-audio-capture={microphone}"] if microphone else []
    return playwright.chromium.launch(executable_path=find_browser(), args=[*FLAGS, *heard])


def write_speech(path: Path, seconds: float) -> Path:
    """The sample, over and over, as a WAV file of so many seconds."""
    samples, rate = soundfile.read(SPEECH, dtype="int16")
    soundfile.write(path, np.resize(samples, round(seconds * rate)), rate)
    return path


@dataclass(frozen=True)
class Sync:
    """What was seen of one speech, one row for each drawing while it was heard."""

    heard: Array
    """Seconds of the speech heard, by the audio clock and the starts of its buffers."""
    index: Array
    """Frame drawn."""
    time: Array
    """Seconds of the speech that the player says it shows."""
    jaw: Array
    """jawOpen as it was drawn."""

    @property
    def offsets(self) -> Array:
        """Frames by which each drawing is ahead of the audio clock."""
        return self.index - np.floor(self.heard * FPS + 1e-6)

    @property
    def drift(self) -> float:
        """Seconds by which the face gains on the voice over the whole speech."""
        settled = self.heard > SETTLED
        slope = np.polyfit(self.heard[settled], (self.time - self.heard)[settled], 1)[0]
        return float(slope * np.ptp(self.heard))

    def lag(self, jaw: Array) -> float:
        """Seconds by which the curve drawn lies behind the curve of frames ``jaw``."""
        frames = np.arange(len(jaw)) / FPS
        errors = [
            np.abs(np.interp(self.heard - lag, frames, jaw) - self.jaw).mean() for lag in LAGS
        ]
        return float(LAGS[np.argmin(errors)])


def observe(page: Page) -> Sync:
    """What the spy has seen of the first speech since it was cleared."""
    seen: dict[str, Any] = page.evaluate("spy")
    clock, index, time_, jaw = np.array(seen["samples"], float).T
    heard = _heard(clock, np.array(seen["starts"], float))
    inside = heard >= 0
    return Sync(heard[inside], index[inside], time_[inside], jaw[inside])


def _heard(clock: Array, starts: Array) -> Array:
    """Seconds of speech heard at each time of the clock; -1 outside all buffers."""
    heard = np.full(len(clock), -1.0)
    before = 0.0
    for at, seconds in starts:
        inside = (clock >= at) & (clock < at + seconds)
        heard[inside] = before + clock[inside] - at
        before += seconds
    return heard


def wait_for(page: Page, condition: str, seconds: float = 20) -> None:
    """Waits until a JavaScript expression is true; asks from outside, as the page runs no text."""
    end = time.monotonic() + seconds
    while not page.evaluate(f"Boolean({condition})"):
        if time.monotonic() > end:
            raise TimeoutError(f"{condition} is not true after {seconds} s")
        page.wait_for_timeout(POLL_MS)


def clear(page: Page) -> None:
    """Lets the spy begin anew."""
    page.evaluate("Object.assign(spy, { starts: [], samples: [] })")


def main() -> None:
    from playwright.sync_api import sync_playwright

    port = free_port()
    with tempfile.TemporaryDirectory() as folder, serving(port), sync_playwright() as playwright:
        clip = write_speech(Path(folder) / "minute.wav", SECONDS)
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        page.add_init_script(SPY)
        page.goto(f"http://127.0.0.1:{port}/")
        wait_for(page, "a2e.studio.info.names.length")
        page.set_input_files("#file", clip)
        wait_for(page, "a2e.drawn.state === 'ended'", SECONDS + 30)
        sync = observe(page)
        context = page.evaluate(
            "(({ baseLatency, outputLatency, sampleRate }) => ({ baseLatency, "
            "outputLatency, sampleRate }))(a2e.studio.context)"
        )
        version = browser.version
        browser.close()
    samples, rate = soundfile.read(SPEECH, dtype="float32")
    samples = np.resize(samples, SECONDS * rate)
    model = a2e.load()
    expected = model.animate(samples, rate).weights[:, model.names.index("jawOpen")]
    offsets = sync.offsets
    facts = {
        "seconds": SECONDS,
        "browser": version,
        "context": context,
        "drawings": len(offsets),
        "drawings_per_second": round(len(offsets) / SECONDS, 1),
        "offset_frames": {str(int(n)): int((offsets == n).sum()) for n in np.unique(offsets)},
        "offset_ms_mean": round(1000 * float((sync.time - sync.heard).mean()), 3),
        "offset_ms_worst": round(1000 * float(np.abs(sync.time - sync.heard).max()), 3),
        "drift_ms": round(1000 * sync.drift, 3),
        "jaw_lag_ms": round(1000 * sync.lag(expected.astype(float)), 3),
    }
    write_row(Row("page_sync", model="bundled", facts=facts))
    for name, value in facts.items():
        print(f"{name:20} {value}")


if __name__ == "__main__":
    main()
