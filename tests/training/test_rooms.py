"""The rooms of the recipe import in one direction."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "training"
ROOMS = ("speech", "labels", "model", "evaluation")


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_from_those_before_it(room: str) -> None:
    allowed = {*ROOMS[: ROOMS.index(room) + 1], "folders"}
    for path in (ROOT / room).glob("*.py"):
        names = set(re.findall(r"^\s*(?:from|import) training\.(\w+)", path.read_text(), re.M))
        assert names <= allowed, f"{path.name} imports {names - allowed}"
