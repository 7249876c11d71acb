"""NVIDIA's samples: a folder that ``A2E_NVIDIA_SAMPLES`` names, or files fetched from GitHub."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from pathlib import Path

COMMIT = "a2d0150043be7dc15db2fad8193a78b660e1100f"
SOURCE = f"https://raw.githubusercontent.com/NVIDIA/Audio2Face-3D-Samples/{COMMIT}"
APPLICATION = "scripts/audio2face_3d_microservices_interaction_app"
CLIENT = f"{APPLICATION}/a2f_3d.py"
CONFIGS = tuple(f"{APPLICATION}/config/config_{name}.yml" for name in ("claire", "james", "mark"))
WHEEL = "proto/sample_wheel/nvidia_ace-1.2.0-py3-none-any.whl"
SPEECH = "example_audio/Mark_joy.wav"
FILES = (CLIENT, *CONFIGS, WHEEL, SPEECH)
VARIABLE = "A2E_NVIDIA_SAMPLES"
CACHE = Path("build/integration/nvidia-samples")
SECONDS = 20


class MissingError(Exception):
    """They can't be had here; the message says what to do."""


def samples() -> Path:
    """The folder of the samples; raises ``MissingError``."""
    named = os.environ.get(VARIABLE)
    folder = Path(named).resolve() if named else CACHE.resolve()
    for name in FILES:
        if (folder / name).exists():
            continue
        if named:
            raise MissingError(f"{VARIABLE} is {folder}, where there is no {name}")
        _fetch(name, folder / name)
    return folder


def _fetch(name: str, place: Path) -> None:
    try:
        with urllib.request.urlopen(f"{SOURCE}/{name}", timeout=SECONDS) as answer:
            data = answer.read()
    except (urllib.error.URLError, TimeoutError) as error:
        raise MissingError(
            f"NVIDIA's samples can't be fetched ({error}); check out "
            f"NVIDIA/Audio2Face-3D-Samples at {COMMIT[:7]} and name the folder in {VARIABLE}"
        ) from None
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)
