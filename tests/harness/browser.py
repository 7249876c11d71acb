"""A headless Chromium, and what it needs to speak and to listen."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from a2e.data import SPEECH

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright

POLL_MS = 30
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
    *("--autoplay-policy=no-user-gesture-required", "--use-fake-ui-for-media-stream"),
    "--use-fake-device-for-media-stream",
)


def find_browser() -> str | None:
    """A Chromium on this machine."""
    names = (os.environ.get("A2E_BROWSER", ""), *BROWSERS)
    return next((path for name in names if name and (path := shutil.which(name))), None)


def launch(playwright: Playwright, microphone: Path | None = None) -> Browser:
    """Headless Chromium; ``microphone`` is a WAV file that its microphone hears, over and over."""
    capture = [f"--use-file-for-fake-audio-capture={microphone}"] if microphone else []
    return playwright.chromium.launch(executable_path=find_browser(), args=[*FLAGS, *capture])


def write_speech(path: Path, seconds: float) -> Path:
    """The sample, over and over, as a WAV file of so many seconds."""
    samples, rate = soundfile.read(SPEECH, dtype="int16")
    soundfile.write(path, np.resize(samples, round(seconds * rate)), rate)
    return path


def wait_for(page: Page, condition: str, seconds: float = 20) -> None:
    """Waits until a JavaScript expression is true; asks from outside, as the page runs no text."""
    end = time.monotonic() + seconds
    while not page.evaluate(f"Boolean({condition})"):
        if time.monotonic() > end:
            raise TimeoutError(f"{condition} is not true after {seconds} s")
        page.wait_for_timeout(POLL_MS)
