"""Without PyAV: what libsndfile reads rightly, and refusals that name the extra."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

INPUTS = Path(__file__).parents[2] / "data" / "inputs"
PROGRAM = """
import sys
sys.modules["av"] = None  # as if it were not installed
import importlib.util
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "av" else find(name, *rest)
import a2e
from a2e.audio.decode import open_audio
try:
    with open_audio(sys.argv[1]) as file:
        print(sum(map(len, file.blocks())))
except a2e.AudioError as error:
    print(error)
"""


def outcome(path: Path) -> str:
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, path], capture_output=True, text=True, check=True
    )
    return run.stdout.strip()


@pytest.mark.parametrize("name", ["size-zero.wav", "size-ffffffff.wav", "antiphase.wav"])
def test_raw_samples_need_nothing(name: str) -> None:
    assert outcome(INPUTS / name) == "60000"


@pytest.mark.parametrize(
    "name",
    "two-joined.mp3 chained.ogg vbr-without-xing.mp3 cut-in-half.mp3 gsm610.wav phone.m4a "
    "browser.webm".split(),
)
def test_what_would_be_read_wrong_names_the_extra(name: str) -> None:
    message = outcome(INPUTS / name)
    assert "install a2e with its extra 'media'" in message
    assert "\n" not in message


@pytest.mark.parametrize("format", ["FLAC", "OGG", "MP3", "AIFF"])
def test_plain_files_are_read(speech, tmp_path: Path, format: str) -> None:
    import soundfile

    path = tmp_path / "voice"
    soundfile.write(path, speech, 16_000, format=format)
    assert abs(int(outcome(path)) - len(speech)) < 2_000
