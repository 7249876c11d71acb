"""The runtime for browsers, under node, gives the weights of the Python runtime."""

from __future__ import annotations

import json
import math
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import a2e
from a2e.data import SPEECH
from tests.web.node import find_node

STREAM = Path(__file__).parent / "stream.mjs"
TOLERANCE = 1e-4
SECONDS = 1.3
POSTS = {"live": a2e.Live, "upstream": a2e.Upstream}


@dataclass(frozen=True)
class Case:
    """One stream, here and there."""

    rate: int = 16_000
    channels: int = 1
    int16: bool = False
    cuts: tuple[int, ...] = (1600,)
    """Samples of each push, over and over."""
    post: str = "raw"
    settings: dict[str, bool] = field(default_factory=dict)
    """Of the profile, as JavaScript calls them."""
    seed: int = 7
    controls: dict[str, Any] = field(default_factory=dict)
    style: int | dict[str, float] | None = None
    seconds: float = SECONDS

    def samples(self) -> np.ndarray:
        """The sample clip, [n] or [n, channels], taken as if it were of this rate."""
        speech, own = soundfile.read(SPEECH, dtype="float32")
        count = round(self.seconds * self.rate)
        at = np.arange(count) * own / self.rate
        mono = np.interp(at, np.arange(len(speech)), speech).astype(np.float32)
        if self.channels > 1:
            mono = np.stack([mono * (1 - 0.3 * c) for c in range(self.channels)], 1)
        return (mono * 32_767).astype(np.int16) if self.int16 else mono.astype(np.float32)

    def expected(self, model: a2e.Model) -> np.ndarray:
        settings = {to_snake(name): value for name, value in self.settings.items()}
        post = None if self.post == "raw" else POSTS[self.post](**settings)
        controls = a2e.Controls(**self.controls)
        style = self.style
        if isinstance(style, dict):
            style = {int(name): share for name, share in style.items()}
        options: dict[str, Any] = {"style": style, "controls": controls, "seed": self.seed}
        return model.animate(self.samples(), self.rate, post=post, **options).weights


def to_snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


def stream(cases: list[Case], folder: Path, **load: Any) -> list[np.ndarray]:
    """The frames of each case by the JavaScript runtime, [m, names]."""
    asked = []
    for number, case in enumerate(cases):
        case.samples().tofile(folder / f"{number}.pcm")
        files = {"samples": f"{folder}/{number}.pcm", "output": f"{folder}/{number}.frames"}
        asked.append(vars(case) | files)
    manifest = json.dumps(load | {"cases": asked})
    done = subprocess.run([find_node(), STREAM], input=manifest, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    given = json.loads(done.stdout)
    return [
        np.fromfile(one["output"], np.float32).reshape(-1, len(told["names"]))
        for one, told in zip(asked, given, strict=True)
    ]


CASES = [
    Case(),
    Case(rate=8_000, cuts=(80, 333)),
    Case(rate=24_000, cuts=(4_801,)),
    Case(rate=44_100, channels=2, cuts=(441, 1, 128)),
    Case(rate=48_000, int16=True, cuts=(100_000,)),
    Case(rate=22_050, channels=3, int16=True, cuts=(1_764,), style=2),
    Case(rate=192_000, cuts=(19_200,), seconds=0.31),
    Case(seconds=0.01),
    Case(post="live", cuts=(1_600,)),
    Case(post="live", rate=48_000, channels=2, cuts=(480, 4_097), seed=2**40 + 5),
    Case(post="live", rate=44_100, settings={"brows": True, "head": True}),
    Case(post="live", settings={"smoothing": False, "gaze": False, "lowLatency": False}),
    Case(
        post="live", rate=24_000, int16=True, controls={"mood": {"joy": 0.6}, "mute": ["jawOpen"]}
    ),
    Case(post="upstream", rate=24_000),
    Case(style={"0": 0.5, "1": 0.5}),
]


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> list[np.ndarray]:
    return stream(CASES, tmp_path_factory.mktemp("streams"))


@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda k: f"{k}-{CASES[k].post}")
def test_weights_equal_pythons(given: list[np.ndarray], number: int) -> None:
    case = CASES[number]
    expected = case.expected(a2e.load())
    assert given[number].shape == expected.shape
    np.testing.assert_allclose(given[number], expected, atol=TOLERANCE, rtol=0)


def test_low_latency_is_pythons(tmp_path: Path) -> None:
    case = Case(post="live", rate=48_000)
    (given,) = stream([case], tmp_path, lowLatency=True)
    expected = case.expected(a2e.load(low_latency=True))
    np.testing.assert_allclose(given, expected, atol=TOLERANCE, rtol=0)


@pytest.mark.parametrize("post", ["raw", "live"])
def test_any_cutting_gives_equal_frames(post: str, tmp_path: Path) -> None:
    cuttings = ((17, 4_000), (333, 1, 12_000), (100_000,))
    cases = [Case(rate=44_100, channels=2, cuts=cuts, post=post, seconds=0.7) for cuts in cuttings]
    first, *others = stream(cases, tmp_path)
    assert len(first) == math.ceil(round(0.7 * 44_100) * 30 / 44_100)
    for other in others:
        assert np.array_equal(first, other)
