"""Settings: readable without the service, each with its help text."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields

import a2e
from a2e.serve import FaceOptions, Limits, Settings

HEAVY = ("numpy", "onnxruntime", "fastapi", "pydantic", "a2e.post")


def test_reading_them_loads_nothing_heavy() -> None:
    program = f"import sys, a2e.serve.settings; print([m for m in {HEAVY} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stdout.strip() == "[]", run.stderr


def test_every_limit_has_a_help_text() -> None:
    assert all(field.metadata["help"] for field in fields(Limits))


def test_the_default_face_is_the_librarys() -> None:
    assert Settings().face == FaceOptions()
    assert FaceOptions().post == a2e.Live()
