"""A model and a voice for the commands."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import soundfile

A2E = [sys.executable, "-m", "a2e"]


@pytest.fixture(scope="module")
def model_path(converted) -> str:
    return str(converted(3, 0))


@pytest.fixture(scope="module")
def wav(tmp_path_factory, speech) -> Path:
    path = tmp_path_factory.mktemp("audio") / "voice.wav"
    soundfile.write(path, speech, 16_000, subtype="FLOAT")
    return path
