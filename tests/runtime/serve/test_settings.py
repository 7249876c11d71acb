"""Settings: readable without the service, each with its help text."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields
from typing import get_type_hints

import a2e
from a2e.serve import Face, Limits, Settings

HEAVY = ("numpy", "onnxruntime", "fastapi", "pydantic", "a2e.post")


def test_reading_them_loads_nothing_heavy() -> None:
    program = f"import sys, a2e.serve.settings; print([m for m in {HEAVY} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stdout.strip() == "[]", run.stderr


def test_a_command_line_can_read_their_types() -> None:
    assert get_type_hints(Settings)["face"] is Face


def test_every_limit_has_a_help_text() -> None:
    assert all(field.metadata["help"] for field in fields(Limits))


def test_the_default_face_is_the_librarys() -> None:
    assert Settings().face == Face()
    assert Face().post == a2e.Live()
