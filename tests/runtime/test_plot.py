"""Pictures of a voice and its face."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import a2e
from a2e.arrays import Floats
from a2e.plot import FACES, KINDS, check_target, key_frames, plot
from a2e.shapes import ARKIT

JAW = ARKIT.index("jawOpen")
MAGIC = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}
RATE = 16_000


def clip_of(jaw: list[float] | Floats) -> a2e.Clip:
    weights = np.zeros((len(jaw), len(ARKIT)), np.float32)
    weights[:, JAW] = jaw
    return a2e.Clip(weights, ARKIT, 30)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_picture(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"face.{kind}"
    voice = np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32)
    plot(clip_of(np.linspace(0, 1, 30)), voice, RATE, path, title="a voice")
    assert path.read_bytes().startswith(MAGIC[kind])


@pytest.mark.parametrize(("frames", "samples"), [(0, 0), (1, 1)])
def test_the_shortest_clips(tmp_path: Path, frames: int, samples: int) -> None:
    path = tmp_path / "face.png"
    plot(clip_of([0.5] * frames), np.zeros(samples, np.float32), RATE, path)
    assert path.stat().st_size > 1_000


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:No artists with labels")
def test_a_model_of_other_shapes(tmp_path: Path) -> None:
    path = tmp_path / "face.png"
    plot(a2e.Clip(np.ones((4, 2), np.float32), ("jawOpen", "nose"), 25), np.zeros(9), 8_000, path)
    assert path.exists()


@settings(deadline=None)
@given(st.lists(st.floats(0, 1, width=32), max_size=30), st.integers(1, 12))
def test_key_frames_are_different_and_in_order(jaw: list[float], count: int) -> None:
    frames = key_frames(clip_of(jaw), count)
    assert frames == sorted(set(frames))
    assert len(frames) <= min(count, len(jaw))
    if jaw:
        assert max(jaw) == max(jaw[frame] for frame in frames)


def test_key_frames_show_the_ends_of_what_a_mouth_does() -> None:
    jaw = [0.5, 0.5, 0.9, 0.5, 0.1, 0.5]
    assert key_frames(clip_of(jaw), 2) == [2, 4]
    assert len(key_frames(clip_of(np.linspace(0, 1, 100)))) == FACES


@pytest.mark.parametrize("name", ["face", "face.jpg", "face.json", ".png"])
def test_names_that_no_picture_has(tmp_path: Path, name: str) -> None:
    with pytest.raises(a2e.OptionError, match=r"must end in \.png, \.svg, \.pdf; got"):
        check_target(tmp_path / name)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(a2e.OptionError, match="there is no such folder"):
        check_target(tmp_path / "none" / "face.PNG")


def test_a_machine_without_matplotlib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(a2e.OptionError, match="install a2e with its extra 'plot'"):
        check_target(tmp_path / "face.png")
