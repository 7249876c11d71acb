"""Constants of the JavaScript runtime are Python's: each stands under its name in both."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from importlib import import_module
from numbers import Real
from pathlib import Path
from types import ModuleType
from typing import Any, TypeGuard

import numpy as np
import pytest

from tests.web.runtime.exchange import WEB, ask

RUNTIME = WEB / "runtime"
PYTHON = RUNTIME.parents[1] / "runtime/a2e"
ROOMS = [*RUNTIME.glob("audio/*.js"), *RUNTIME.glob("post/*.js")]
TWINS = [RUNTIME / "random.js", RUNTIME / "shapes.js"] + [
    path for path in ROOMS if (PYTHON / path.relative_to(RUNTIME)).with_suffix(".py").exists()
]
"""Modules of JavaScript that have Python's names."""
ELSEWHERE = {"MASK", "SEED_BITS", "SINGLE_THREAD", "MASKED"}
"""What only Python needs: its whole numbers have no end, its products threads, its arrays masks."""


def module_of(path: Path) -> ModuleType:
    parts = path.relative_to(RUNTIME).with_suffix("").parts
    return import_module(".".join(("a2e", *parts)))


def constants(module: ModuleType) -> dict[str, Any]:
    """A module's own numbers, names and tables."""
    code = ast.parse(Path(str(module.__file__)).read_text())
    assigned = [node for node in code.body if isinstance(node, ast.Assign | ast.AnnAssign)]
    names = [part.id for node in assigned for part in ast.walk(node) if is_stored(part)]
    found = {name: plain(getattr(module, name)) for name in names if name not in ELSEWHERE}
    return {name: value for name, value in found.items() if value is not None}


def is_stored(node: ast.AST) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id.isupper()


def plain(value: Any) -> Any:
    """The value in JSON's terms; None for what is no number, name or table of them."""
    if is_dataclass(value) and not isinstance(value, type):
        return {camel_case(name): part for name, part in asdict(value).items()}
    if isinstance(value, Mapping):
        return nested({key: plain(part) for key, part in value.items()})
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, tuple | list):
        return [plain(part) for part in value]
    return value if isinstance(value, Real | str) else None


def nested(table: dict[Any, Any]) -> dict[str, Any]:
    """{(a, b): c} as {a: {b: c}}, and keys as names."""
    made: dict[str, Any] = {}
    for key, value in table.items():
        *outer, last = map(str, key) if isinstance(key, tuple) else [str(key)]
        inner = made
        for name in outer:
            inner = inner.setdefault(name, {})
        inner[last] = value
    return made


def camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)


@pytest.fixture(scope="module")
def exported() -> dict[Path, dict[str, Any]]:
    paths = [str(path) for path in TWINS]
    return dict(zip(TWINS, ask("constants.mjs", paths), strict=True))


PYTHON_ONLY = {"post/closures", "post/regions", "post/retiming"}
"""What browsers have not: other frame rates, and knobs of regions."""


def test_every_room_is_here() -> None:
    names = {str(path.relative_to(RUNTIME).with_suffix("")) for path in TWINS}
    rooms = [*PYTHON.glob("post/[a-z]*.py"), PYTHON / "audio/channels.py"]
    wanted = {str(room.relative_to(PYTHON).with_suffix("")) for room in rooms}
    assert wanted - names == PYTHON_ONLY


@pytest.mark.parametrize("path", TWINS, ids=lambda path: str(path.relative_to(RUNTIME)))
def test_constants_are_equal(path: Path, exported: dict[Path, dict[str, Any]]) -> None:
    assert exported[path] == constants(module_of(path))
