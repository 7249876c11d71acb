"""Moods and controls in JavaScript give Python's frames, and refuse what Python refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import a2e
from a2e.post import MOODS
from a2e.shapes import ARKIT, HEAD
from tests.web.runtime.exchange import ask

NAMES = [*ARKIT, *HEAD]
CONTROLS: dict[str, dict[str, Any]] = {
    "none": {},
    "gain": {"gain": {"jawOpen": 1.8, "headYaw": -2}},
    "offset": {"offset": {"mouthSmileLeft": 0.3, "headPitch": 4}},
    "clamp": {"clamp": {"jawOpen": [0.1, 0.6], "headRoll": [-1, 1]}},
    "mute": {"mute": ["tongueOut", "jawOpen"], "offset": {"jawOpen": 0.5}},
    "all": {
        "gain": {"jawOpen": 0.5},
        "offset": {"jawOpen": 0.2},
        "clamp": {"jawOpen": [0.1, 0.3]},
        "mute": ["cheekPuff"],
        "mood": {"joy": 0.7, "sadness": 0.4},
    },
    **{mood: {"mood": {mood: 0.8}} for mood in MOODS},
    "all moods": {"mood": dict.fromkeys(MOODS, 1.0)},
}
REFUSED: dict[str, dict[str, Any]] = {
    "there is no mood 'bliss'; expected one of amazement, anger": {"mood": {"bliss": 1}},
    "there is no mood 'sadnes'; did you mean sadness?": {"mood": {"sadnes": 1}},
    "the mood joy must be a number from 0 to 1": {"mood": {"joy": 1.5}},
    "the model has no shape 'jawopen'; did you mean jawOpen?": {"gain": {"jawopen": 1}},
    "the model has no shape 'jawOpne'; did you mean jawOpen?": {"gain": {"jawOpne": 1}},
    "the model has no shape 'ear'; its metadata": {"mute": ["ear"]},
    "what jawOpen is set to must be a finite number": {"offset": {"jawOpen": "1"}},
    "the clamp of jawOpen must be two values with 0 <= low <= high <= 1; got 0.9 and 0.1": {
        "clamp": {"jawOpen": [0.9, 0.1]}
    },
    "mute takes a list of shapes": {"mute": "jawOpen"},
}


def frames() -> a2e.arrays.Floats:
    """Frames whose lips are shut, nearly shut and open."""
    rng = np.random.default_rng(0)
    drawn = rng.random((200, len(NAMES))) * np.linspace(0, 1, 200)[:, None]
    drawn[:, ARKIT.index("mouthClose")] *= rng.random(200)
    return drawn.astype(np.float32)


def test_frames_are_pythons() -> None:
    cases = [{"controls": c, "shapes": NAMES, "frames": frames()} for c in CONTROLS.values()]
    for (name, asked), given in zip(CONTROLS.items(), ask("controls.mjs", cases), strict=True):
        expected = a2e.Controls(**asked).bind(NAMES)(frames())
        np.testing.assert_allclose(
            given.reshape(expected.shape), expected, atol=1e-7, rtol=0, err_msg=name
        )


def test_a_model_with_few_shapes_has_fewer_moods() -> None:
    shapes = ["jawOpen", "browInnerUp", "eyeWideLeft"]
    some = frames()[:, : len(shapes)]
    asked = {"mood": {"amazement": 1.0}}
    [given] = ask("controls.mjs", [{"controls": asked, "shapes": shapes, "frames": some}])
    expected = a2e.Controls(**asked).bind(shapes)(some)
    np.testing.assert_allclose(given.reshape(expected.shape), expected, atol=1e-7)


def test_what_cannot_be_is_refused() -> None:
    cases = [{"controls": c, "shapes": NAMES, "frames": frames()} for c in REFUSED.values()]
    for (message, asked), said in zip(REFUSED.items(), ask("controls.mjs", cases), strict=True):
        assert said.startswith(f"OptionError: {message}")
        with pytest.raises(a2e.OptionError):
            a2e.Controls(**asked).bind(NAMES)
