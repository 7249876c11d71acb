"""Frames as messages: ``/ws/a2e``'s, whoever of both sides has dialled, and REST's."""

from __future__ import annotations

from typing import Any

import numpy as np

from a2e.arrays import Floats
from a2e.formats.base import DECIMALS
from a2e.formats.json_formats import dump
from a2e.rates import Rate

VERSION = 1
"""Of the protocol."""


def dump_frames(frames: Floats, *, objects: bool = False) -> str:
    """Frames [n, shapes] as the JSON of a list's items: ``[…],[…]``, or ``{"weights":[…]},…``."""
    lists = np.round(frames.astype(np.float64), DECIMALS).tolist()
    return dump([{"weights": weights} for weights in lists] if objects else lists)[1:-1]


def frames_json(speech: int, first: int, frames: Floats, fps: Rate) -> str:
    """Frames [n, shapes], the first of them number ``first`` of a speech, as a JSON message."""
    head = {
        "type": "frames",
        "speech": speech,
        "first": first,
        "time": round(float(first / fps), 6),
    }
    return f'{dump(head)[:-1]},"weights":[{dump_frames(frames)}]}}'


def end_message(speech: int, frames: int, seconds: float) -> dict[str, Any]:
    """After a speech's last frame."""
    return {"type": "end", "speech": speech, "frames": frames, "seconds": seconds}
