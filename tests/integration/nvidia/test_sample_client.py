"""NVIDIA's sample client, unchanged, against ``a2e serve --grpc``: a hundred clips in a row."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy.io import wavfile

from tests.integration.nvidia.samples import (
    CLIENT,
    CONFIGS,
    SPEECH,
    WHEEL,
    MissingError,
    samples,
)
from tests.integration.service import SEED, a2e, service

CLIPS = 100
RATES = (16_000, 22_050, 24_000, 44_100, 48_000)
FPS = 30
EMOTIONS = "a2f_3d_smoothed_emotion_output.csv", "a2f_3d_input_emotions.csv"


@pytest.fixture(scope="module")
def folder() -> Path:
    try:
        return samples()
    except MissingError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with service("--grpc", 0) as found:
        yield found.grpc


def run(folder: Path, place: Path, *arguments: object) -> str:
    """What the client prints; it writes its files below ``place``."""
    found = subprocess.run(
        [sys.executable, folder / CLIENT, *map(str, arguments)],
        cwd=place,
        env=os.environ | {"PYTHONPATH": str(folder / WHEEL)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout


def infer(folder: Path, place: Path, clip: Path, config: Path, address: str) -> Path:
    """The folder of what the client wrote of a clip."""
    before = set(place.glob("output_*"))
    printed = run(folder, place, "run_inference", clip, config, "-u", address)
    assert "Status code: SUCCESS" in printed, printed
    assert "ERROR" not in printed, printed
    assert "WARNING" not in printed, printed
    (made,) = set(place.glob("output_*")) - before
    return made


def frames_of(made: Path) -> tuple[list[str], np.ndarray]:
    """Names and float32 weights [n, 52] in the client's table of frames."""
    table = pd.read_csv(made / "animation_frames.csv", index_col=0, float_precision="round_trip")
    np.testing.assert_allclose(table["timeCode"], np.arange(len(table)) / FPS, atol=1e-9)
    shapes = [column for column in table if column.startswith("blendShapes.")]
    names = [shape.removeprefix("blendShapes.") for shape in shapes]
    return names, table[shapes].to_numpy(np.float32)


def animated(clips: list[Path], config: Path, place: Path) -> dict[str, np.ndarray]:
    """Weights by clip as ``a2e animate`` gives them with the client's multipliers and offsets."""
    shapes = yaml.safe_load(config.read_text())["blendshape_parameters"]
    options = []
    for option, field in (("--gain", "multipliers"), ("--offset", "offsets")):
        for name, value in shapes[field].items():
            if not name.startswith("Tongue") or name == "TongueOut":
                options += [option, f"{name[0].lower()}{name[1:]}={value}"]
    place.mkdir()
    command = a2e("animate", *clips, "--format", "npz", "-o", place, "--seed", SEED, *options)
    subprocess.run(command, check=True, capture_output=True)
    return {clip.stem: np.load(place / f"{clip.stem}.npz")["weights"] for clip in clips}


def speech_of(folder: Path) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", wavfile.WavFileWarning)  # of a chunk that it doesn't know
        return wavfile.read(folder / SPEECH)[1]


def cut(folder: Path, place: Path) -> list[Path]:
    """Clips of 0.02 to 4 s at several rates, cut from NVIDIA's own speech."""
    speech = speech_of(folder)
    random = np.random.default_rng(3)
    clips = []
    for number in range(CLIPS):
        rate = RATES[number % len(RATES)]
        size = int(rate * random.uniform(0.02, 4))
        first = random.integers(0, max(1, len(speech) - size))
        clips.append(place / f"clip{number}.wav")
        wavfile.write(clips[-1], rate, speech[first : first + size])
    return clips


def test_health(folder: Path, address: str, tmp_path: Path) -> None:
    assert f"Service {address} is ONLINE" in run(folder, tmp_path, "health_check", "--url", address)


def test_a_hundred_clips_in_a_row(folder: Path, address: str, tmp_path: Path) -> None:
    """All frames, bit for bit those of ``a2e animate``, and the same audio."""
    clips = cut(folder, tmp_path)
    for number, path in enumerate(CONFIGS):
        config, mine = folder / path, clips[number :: len(CONFIGS)]
        expected = animated(mine, config, tmp_path / config.stem)
        for clip in mine:
            made = infer(folder, tmp_path, clip, config, address)
            names, weights = frames_of(made)
            rate, samples = wavfile.read(clip)
            assert len(names) == 52
            assert len(weights) == -(-len(samples) * FPS // rate)
            assert np.array_equal(weights, expected[clip.stem])
            heard = wavfile.read(made / "out.wav")
            assert heard[0] == rate
            assert np.array_equal(heard[1], samples)
            assert all((made / name).exists() for name in EMOTIONS)


def test_emotions(folder: Path, address: str, tmp_path: Path) -> None:
    """Joy for a second, then fear, where the configuration switches them on."""
    config = yaml.safe_load((folder / CONFIGS[0]).read_text())
    config["post_processing_parameters"]["enable_preferred_emotion"] = True
    changed = tmp_path / "config.yml"
    changed.write_text(yaml.safe_dump(config))
    made = infer(folder, tmp_path, folder / SPEECH, changed, address)
    smoothed = pd.read_csv(made / EMOTIONS[0], index_col=0)
    strength = 0.6 * 0.5
    for emotion, first, last in (("joy", 0, 30), ("fear", 30, len(smoothed))):
        shown = smoothed[f"emotion_values.{emotion}"]
        assert np.allclose(shown[first:last], strength)
        assert np.allclose(shown.drop(range(first, last)), 0)
    assert list(pd.read_csv(made / EMOTIONS[1], index_col=0)["time_code"]) == [0.0, 1.0]
