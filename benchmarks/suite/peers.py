"""Other lip-syncs of browsers on captured faces, beside the bundled model.

    python -m benchmarks peers FACES [--only GROUP ...]

FACES holds groups of captured faces (`training.evaluation.faces`). HeadAudio and wawa-lipsync are
installed by npm into a temporary folder and run in headless Chromium over every clip; their
visemes become weights by the poses of `runtime/a2e/data/visemes.json`. Everyone is scored at the
lag, in frames, at which its lips agree best. wawa-lipsync gives a viseme and no weights: it is
eased here. Their real-time factor is of the page's thread (wawa-lipsync) or the audio's
(HeadAudio); ours comes from `benchmarks browser`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from a2e.shapes import ARKIT
from a2e.visemes.table import poses
from benchmarks.harness.command import options, run
from benchmarks.harness.rows import ROOT, Row, write_row
from benchmarks.harness.system import BenchmarkError
from tests.harness.browser import find_browser, launch
from tests.harness.static_server import static_site
from tests.web.node import find_node
from training.evaluation.faces import Animate, Scores, group_scores, open_model
from training.labels.captures import Capture, captures
from training.labels.curves import FPS

SCRIPT = ROOT / "benchmarks" / "harness" / "peers_page.js"
PACKAGES = {"headaudio": "@met4citizen/headaudio@0.1.0", "wawa-lipsync": "wawa-lipsync@0.0.2"}
ALSO = {"I": "ih", "O": "oh", "U": "ou"}
"""Their names of visemes that Meta calls otherwise."""
CALL = """async ([name, samples, rate, fps]) => {
  const page = await import("/peers_page.js");
  return page.visemes(name, Float32Array.from(samples), rate, fps);
}"""
SEARCHES = 4
"""Times that a lag is looked for among a few frames."""
OURS = {"a2e": False, "a2e, low latency": True}
Weights = NDArray[np.float32]
Made = tuple[Capture, Weights]
"""A captured clip and weights made of its sound."""


@contextmanager
def installed() -> Iterator[Path]:
    """A folder with the packages."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "package.json").write_text('{"private": true}')
        node = Path(find_node()).parent
        environment = os.environ | {"PATH": f"{node}{os.pathsep}{os.environ['PATH']}"}
        command = [str(node / "npm"), "install", "--silent", "--ignore-scripts", "--no-audit"]
        done = subprocess.run(
            [*command, *PACKAGES.values()], cwd=folder, env=environment, capture_output=True
        )
        if done.returncode != 0:
            raise BenchmarkError("npm can't install the packages: check the connection")
        modules = folder / "node_modules"
        (modules / "headaudio").symlink_to(modules / "@met4citizen" / "headaudio")
        yield modules


class Peer:
    """A package in a page."""

    def __init__(self, page: Any, name: str) -> None:
        self._page, self._name = page, name
        self._computing = self._speech = 0.0

    def __call__(self, audio: Weights, rate: int) -> Weights:
        made: dict[str, Any] = self._page.evaluate(CALL, [self._name, audio.tolist(), rate, FPS])
        self._computing += made["seconds"]
        self._speech += len(audio) / rate
        return weights_of(made["frames"])

    @property
    def real_time_factor(self) -> float:
        """Computing time over speech so far."""
        return round(self._computing / self._speech, 4)


@contextmanager
def peers() -> Iterator[dict[str, Peer]]:
    """The packages, each as it makes weights of a clip."""
    from playwright.sync_api import sync_playwright

    with installed() as folder, static_site(folder) as site, sync_playwright() as playwright:
        site.replaced |= {"/": b"<!doctype html>", "/peers_page.js": SCRIPT.read_bytes()}
        browser = launch(playwright)
        page = browser.new_page()
        page.set_default_timeout(600_000)
        page.goto(site.url)
        yield {name: Peer(page, name) for name in PACKAGES}
        browser.close()


def weights_of(frames: Sequence[dict[str, float]]) -> Weights:
    """ARKit weights [n, 52] of visemes' shares."""
    made = np.zeros((len(frames), len(ARKIT)), np.float32)
    known = poses("oculus")
    for frame, shares in zip(made, frames, strict=True):
        for viseme, share in shares.items():
            for shape, weight in known[ALSO.get(viseme, viseme)].items():
                frame[ARKIT.index(shape)] += share * weight
    return np.minimum(made, np.float32(1))


def scores_of(animate: Animate, clips: Sequence[Capture]) -> dict[str, Scores]:
    """Scores by group, each clip shifted by the lag at which all lips agree best."""
    made, lag = at_best_lag([(clip, animate(*clip.sound)) for clip in clips])
    groups = groupby(made, key=lambda pair: pair[0].group)
    scores = {group: group_scores(list(pairs)) for group, pairs in groups}
    return {"lag": {"frames": float(lag)}} | scores


def at_best_lag(made: Sequence[Made]) -> tuple[list[Made], int]:
    """Every clip's weights earlier by the frames at which all lips agree best, and these."""
    moved, lag = list(made), 0
    for _ in range(SEARCHES):
        more = int(group_scores(moved)["lag"])
        moved = [(clip, earlier(weights, more)) for clip, weights in moved]
        lag += more
    return moved, lag


def earlier(weights: Weights, frames: int) -> Weights:
    """The same so many frames earlier, as long as before."""
    places = np.arange(len(weights)) + frames
    moved: Weights = weights[places.clip(0, len(weights) - 1)]
    return moved


def work(arguments: argparse.Namespace) -> None:
    if find_browser() is None:
        raise BenchmarkError("no Chromium found: install chromium, or name one in A2E_BROWSER")
    clips = [c for c in captures(arguments.folder) if c.group in (arguments.only or (c.group,))]
    if not clips:
        raise BenchmarkError(f"expected groups of clips in {arguments.folder}")
    ours = {name: open_model(None, raw=False, low_latency=prompt) for name, prompt in OURS.items()}
    with peers() as others:
        systems: dict[str, Animate] = {**ours, **others}
        for name, animate in systems.items():
            scores = scores_of(animate, clips)
            rounded = {
                group: {key: round(value, 3) for key, value in row.items() if value == value}
                for group, row in scores.items()
            }
            factor = animate.real_time_factor if isinstance(animate, Peer) else None
            write_row(Row("peers", model=name, real_time_factor=factor, facts={"groups": rounded}))
            if factor is not None:
                print(f"{name:18} {'real_time_factor':24} {factor}")
            for group, values in rounded.items():
                shown = {k: values[k] for k in ("jaw", "lips", "round", "closed") if k in values}
                print(f"{name:18} {group:24} {json.dumps(shown or values)}")


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("folder", type=Path, metavar="FACES")
    parser.add_argument("--only", nargs="+", metavar="GROUP")
    run(work, parser)


if __name__ == "__main__":
    main()
