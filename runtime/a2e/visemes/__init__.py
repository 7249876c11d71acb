"""Visemes: other sets of shapes than ARKit's, made from its weights.

| set | columns |
|---|---|
| `arkit` | the model's own shapes |
| `oculus` | Meta's 15 visemes, `viseme_sil` to `viseme_U`, as rigs spell them |
| `vrm` | VRM's five, `aa`, `ih`, `ou`, `ee`, `oh`, with `blinkLeft` and `blinkRight` |
| `azure` | Azure's 22 viseme ids, "0" to "21": 1 for the one that shows, else 0 |
| `rhubarb` | Rhubarb's nine mouths, "A" to "H" and "X", likewise |

The poses of all of them are in ``a2e/data/visemes.json``; docs/visemes.md tells the map.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from a2e.arrays import Floats
from a2e.errors import OptionError
from a2e.rates import Rate
from a2e.visemes.ids import IdMap
from a2e.visemes.shares import ShareMap
from a2e.visemes.table import ID_SETS, POSE_SETS

ARKIT_SHAPES = "arkit"
SHAPE_SETS = (ARKIT_SHAPES, *POSE_SETS, *ID_SETS)


class ShapeMap(Protocol):
    """One stream's way from ARKit's weights to another set of shapes.

    What it remembers is replaced and never written to: a shallow copy goes on by itself.
    """

    names: tuple[str, ...]
    """Names of the columns."""

    def step(self, frames: Floats) -> Floats:
        """Frames [n, ARKit's names] -> [n, names]."""
        ...


def shape_map(shapes: str, names: Sequence[str], fps: Rate) -> ShapeMap | None:
    """The map from frames with these columns, at ``fps``, to a set; None for ARKit's own.

    Raises :class:`a2e.errors.OptionError` for what is no set.
    """
    if shapes == ARKIT_SHAPES:
        return None
    if shapes in POSE_SETS:
        return ShareMap(shapes, names)
    if shapes in ID_SETS:
        return IdMap(shapes, names, fps)
    raise OptionError(f"shapes must be one of {', '.join(SHAPE_SETS)}; got {str(shapes)[:40]!r}")
