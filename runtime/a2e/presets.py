"""Presets: a face's knobs in a TOML file, or under a name that comes with the package.

    strength = 1.2
    delay = -40
    fps = 60
    shapes = "oculus"
    mute = ["tongueOut"]

    [regions]
    brows = 0.5

    [gain]
    jawOpen = 1.3

    [clamp]
    jawOpen = [0.0, 0.8]

Fields are those of ``a2e.Controls``, and ``fps``, ``delay``, ``smooth`` and ``shapes``. What a
caller asks for beside a preset goes over it: single values replace its own, tables are joined.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from a2e.data import PRESETS
from a2e.errors import OptionError
from a2e.options import Face
from a2e.post import Controls
from a2e.post.regions import RegionSmoother
from a2e.post.retiming import check_delay
from a2e.rates import parse_rate
from a2e.shapes import ARKIT, HEAD
from a2e.visemes import shape_map

TABLES = ("gain", "offset", "clamp", "mood", "regions")
CONTROLS = tuple(control.name for control in fields(Controls))
TIMES = ("fps", "delay", "smooth", "shapes")
FIELDS = (*CONTROLS, *TIMES)
ENDING = ".toml"
MOST_BYTES = 1 << 16
NAMES = (*ARKIT, *HEAD)


def preset_names() -> list[str]:
    """Names of the presets that come with the package."""
    return sorted(path.stem for path in PRESETS.glob("*" + ENDING))


def named_preset(name: str) -> dict[str, Any]:
    """A preset of the package, by its name alone; raises :class:`a2e.errors.OptionError`."""
    if name not in preset_names():
        raise OptionError(
            f"there is no preset {str(name)[:40]!r}; expected one of {', '.join(preset_names())}"
        )
    return read_preset(PRESETS / (name + ENDING))


def load_preset(name: str | Path) -> dict[str, Any]:
    """A preset by its name, or a TOML file's; raises :class:`a2e.errors.OptionError`."""
    if str(name) in preset_names():
        return named_preset(str(name))
    if Path(name).suffix.lower() != ENDING:
        raise OptionError(
            f"preset must be a {ENDING} file or one of {', '.join(preset_names())}; "
            f"got {str(name)!r}"
        )
    return read_preset(Path(name))


def read_preset(path: Path) -> dict[str, Any]:
    """The fields of a file, checked; raises :class:`a2e.errors.OptionError`."""
    try:
        with path.open("rb") as file:
            preset = tomllib.loads(file.read(MOST_BYTES).decode())
    except OSError as error:
        raise OptionError(f"{path} can't be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OptionError(f"{path} is no TOML: {str(error).splitlines()[0]}") from error
    try:
        check_preset(preset)
    except OptionError as error:
        raise OptionError(f"{path}: {error}") from error
    return preset


def check_preset(preset: Mapping[str, Any]) -> None:
    """Raises :class:`a2e.errors.OptionError` for what no face can have."""
    for name, value in preset.items():
        if name not in FIELDS:
            raise OptionError(f"a preset has no {name!r}; known are {', '.join(FIELDS)}")
        is_table = name in (*TABLES, "smooth")
        if is_table != isinstance(value, dict):
            raise OptionError(
                f"{name} must be {'a table' if is_table else 'a value'}; got {value!r}"
            )
    if not isinstance(preset.get("mute", []), list):
        raise OptionError(f"mute must be a list of shapes; got {preset['mute']!r}")
    face = with_preset(preset, Face())
    face.controls.bind(NAMES)
    check_delay(face.delay)
    RegionSmoother(NAMES, 1, face.smooth)
    if face.fps is not None:
        parse_rate(face.fps)
    shape_map(face.shapes, NAMES, 1)


def with_preset(preset: Mapping[str, Any], face: Face) -> Face:
    """``face`` over a preset: what differs from a plain face's is the caller's own."""
    plain = Face()
    controls = {
        name: joined(preset[name], getattr(face.controls, name), getattr(plain.controls, name))
        for name in CONTROLS
        if name in preset
    }
    times = {
        name: joined(preset[name], getattr(face, name), getattr(plain, name))
        for name in TIMES
        if name in preset
    }
    return replace(face, controls=replace(face.controls, **controls), **times)


def joined(preset: Any, asked: Any, plain: Any) -> Any:
    """A table with the asked one over it, a list with the asked one behind it, or the asked value
    where it is not the plain one."""
    if isinstance(preset, dict):
        return {**preset, **asked}
    if isinstance(preset, list):
        return [*preset, *(name for name in asked if name not in preset)]
    return preset if asked == plain else asked
