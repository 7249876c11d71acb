"""The files and folders that the commands read and write; git ignores all in ``.cache``."""

from __future__ import annotations

from pathlib import Path

CACHE = Path(__file__).parent / ".cache"
DATA = CACHE / "data"
RUN = CACHE / "run"
EVALUATION = CACHE / "evaluation"
TEACHER = Path(__file__).parent / "teacher.npz"
"""Articulation learnt from captured faces; small, and kept with the code."""
PEOPLE = CACHE / "people.json"
"""Phones of captured faces, aligned once."""
FACES = CACHE / "faces"
KOKORO = CACHE / "kokoro"
"""Links to data that is not the project's own: captured faces, neural speech."""
