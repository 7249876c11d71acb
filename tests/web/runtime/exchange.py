"""Cases to a script of node on stdin, its results back: JSON, arrays as their bytes in base64."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tests.web.node import find_node

HERE = Path(__file__).parent
WEB = HERE.parents[2] / "web"


def ask(script: str, cases: Sequence[Any]) -> list[Any]:
    """What the script ``script`` beside this file makes of each case; arrays come back flat."""
    done = subprocess.run(
        [find_node(), str(HERE / script)],
        input=json.dumps(cases, default=_plain),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    results: list[Any] = json.loads(done.stdout, object_hook=_revived)
    return results


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        array = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode()
        return {"dtype": value.dtype.name, "array": array}
    raise TypeError(f"{type(value).__name__} has no place in JSON")


def _revived(value: dict[str, Any]) -> Any:
    if value.keys() != {"dtype", "array"}:
        return value
    return np.frombuffer(base64.b64decode(value["array"]), value["dtype"])
