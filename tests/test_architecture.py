"""docs/architecture.md points at lines that are what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.runtime.test_random import VECTORS

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/architecture.md").read_text()
NAMED = re.compile(r"`([\w.]+)`,?[^`]*?\(?`(runtime/[\w/]+\.py):(\d+)`")


@pytest.mark.parametrize(("name", "path", "line"), NAMED.findall(PAGE))
def test_names_stand_on_their_lines(name: str, path: str, line: str) -> None:
    lines = (ROOT / path).read_text().splitlines()
    definition = re.compile(rf"\s*(def|class) {name.split('.')[-1]}\b")
    numbers = [number for number, text in enumerate(lines, 1) if definition.match(text)]
    assert int(line) in numbers, f"{name} stands on line {numbers} of {path}"


def test_every_reference_is_checked() -> None:
    assert len(NAMED.findall(PAGE)) == PAGE.count(".py:") >= 10


def test_vectors_are_the_tested_ones() -> None:
    for words, floats, wholes in VECTORS.values():
        row = " | ".join(", ".join(map(str, numbers)) for numbers in (words, floats, wholes))
        assert row in PAGE
