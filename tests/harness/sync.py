"""Whether a page's face keeps time with its voice: notes taken in the page, and their reading.

At every animation frame the spy notes the audio clock and the frame drawn. What should be drawn is
worked out from when the audio buffers were started, so the player's own books are not believed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from playwright.sync_api import Page

Array = NDArray[np.float64]

FPS = 30
SETTLED = 0.5
"""Seconds after the start that are left out of the drift."""
LAGS = np.arange(-0.2, 0.2005, 0.001)
"""Shifts of the shown curve that are tried, s."""
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
  const context = window.a2e?.session.context;
  if (context) clock = context.currentTime - context.baseLatency - context.outputLatency;
};
const after = () => {
  requestAnimationFrame(after);
  const { session, drawn } = a2e;
  const jaw = drawn.weights[session.info.names.indexOf("jawOpen")];
  spy.samples.push([clock, drawn.index, drawn.time, jaw]);
};
requestAnimationFrame(before);
addEventListener("load", () => requestAnimationFrame(after));
"""
"""Notes every start of an audio buffer, the audio clock before each drawing, and what was drawn."""


@dataclass(frozen=True)
class Sync:
    """One speech as it was drawn: an item for each drawing while the speech was heard."""

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
    """The spy's notes of the first speech since it was cleared."""
    notes: dict[str, Any] = page.evaluate("spy")
    clock, index, time_, jaw = np.array(notes["samples"], float).T
    heard = seconds_heard(clock, np.array(notes["starts"], float))
    inside = heard >= 0
    return Sync(heard[inside], index[inside], time_[inside], jaw[inside])


def seconds_heard(clock: Array, starts: Array) -> Array:
    """Seconds of speech heard at each time of the clock; -1 outside all buffers."""
    heard = np.full(len(clock), -1.0)
    before = 0.0
    for at, seconds in starts:
        inside = (clock >= at) & (clock < at + seconds)
        heard[inside] = before + clock[inside] - at
        before += seconds
    return heard


def clear(page: Page) -> None:
    """Lets the spy begin anew."""
    page.evaluate("Object.assign(spy, { starts: [], samples: [] })")
