"""The directions and poses that docs/architecture.md gives to other runtimes."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from a2e.post.gaze import Gaze
from a2e.post.head import Head
from a2e.random import Random

PAGE = (Path(__file__).parents[3] / "docs/architecture.md").read_text()
ROW = re.compile(r"^\| (\d+) \| (-?\d+\.\d{4}(?:, [-.\d]+)?) \| ([-.\d, ]+) \|$", re.MULTILINE)


def numbers(text: str) -> list[float]:
    return [float(part) for part in text.split(", ")]


def test_gaze_and_head_are_as_written_down() -> None:
    rows = {int(frame): (numbers(gaze), numbers(head)) for frame, gaze, head in ROW.findall(PAGE)}
    assert len(rows) == 6
    frames = max(rows) + 1
    volumes = np.where(np.arange(frames) % 60 < 5, 0.15, 0.04)
    rests = [False] * frames
    directions = Gaze(Random(7), 30).step(rests, np.zeros(frames, np.float32))
    poses = 1_000 * Head(Random(7), 30).step(volumes, rests)
    for frame, (gaze, head) in rows.items():
        np.testing.assert_allclose(directions[frame], gaze, atol=6e-5)
        np.testing.assert_allclose(poses[frame], head, atol=6e-5)
