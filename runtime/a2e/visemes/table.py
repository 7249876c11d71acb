"""The poses of visemes, ``a2e/data/visemes.json``, which the JavaScript has, too."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from a2e.data import VISEMES

Pose: TypeAlias = Mapping[str, float]
"""ARKit weights by shape, 0 to 1."""

POSE_SETS = ("oculus", "vrm")
"""Sets whose visemes are poses that add up."""
ID_SETS = ("azure", "rhubarb")
"""Sets of which one viseme shows at a time."""
SILENCE = "sil"
CONTACTS = ("PP", "FF")
"""Lips that touch each other, and the lower one that touches the teeth."""


@cache
def table() -> dict[str, Any]:
    """The file as it is."""
    content: dict[str, Any] = json.loads(Path(VISEMES).read_text("utf-8"))
    return content


def poses(set: str) -> dict[str, Pose]:
    """The ARKit pose of each viseme, one of ``POSE_SETS`` or ``ID_SETS``: the way back."""
    content = table()[set]
    if "poses" in content:
        found: dict[str, Pose] = content["poses"]
        return found
    return {name: added(shares) for name, shares in content["oculus"].items()}


def added(shares: Mapping[str, float]) -> Pose:
    """The ARKit weights of shares of Oculus's visemes."""
    oculus = poses("oculus")
    weights: dict[str, float] = {}
    for viseme, share in shares.items():
        for shape, weight in oculus[viseme].items():
            weights[shape] = min(1.0, weights.get(shape, 0.0) + share * weight)
    return weights


def column_names(set: str) -> tuple[str, ...]:
    """Names of a set's columns in frames."""
    content = table()[set]
    return tuple(content.get("columns") or content.get("poses") or content["oculus"])


def ids_of(set: str) -> dict[str, tuple[str, str]]:
    """The id that shows each of Oculus's visemes, with a narrow and with a wide mouth."""
    found = table()[set]["from_oculus"]
    return {viseme: (narrow, wide) for viseme, (narrow, wide) in found.items()}


def is_viseme_set(names: Sequence[str]) -> bool:
    """Whether these are the columns of a set of visemes."""
    return any(tuple(names) == column_names(set) for set in (*POSE_SETS, *ID_SETS))
