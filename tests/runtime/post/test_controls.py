"""Per-shape gain, offset, clamp and mute; styles."""

from __future__ import annotations

import numpy as np
import pytest

import a2e
from a2e.shapes import ARKIT

JAW = ARKIT.index("jawOpen")


def test_controls_do_what_they_say() -> None:
    frames = np.full((2, 52), 0.4, np.float32)
    controls = a2e.Controls(
        gain={"jawOpen": 1.8, "mouthPucker": 10},
        offset={"mouthFunnel": 0.1, "browDownLeft": -1},
        clamp={"mouthClose": (0.5, 0.9), "jawForward": (0, 0.3)},
        mute=["tongueOut"],
    )
    found = dict(zip(ARKIT, controls.bind(ARKIT)(frames)[0], strict=True))
    expected = {
        "jawOpen": 0.72,
        "mouthPucker": 1.0,
        "mouthFunnel": 0.5,
        "browDownLeft": 0.0,
        "mouthClose": 0.5,
        "jawForward": 0.3,
        "tongueOut": 0.0,
        "cheekPuff": 0.4,
    }
    assert {name: pytest.approx(found[name]) for name in expected} == expected


def test_controls_apply_to_raw_weights_too(short_model, speech) -> None:
    raw = short_model.animate(speech[:8_000], 16_000, post=None).weights
    controls = a2e.Controls(gain={"jawOpen": 0.5})
    halved = short_model.animate(speech[:8_000], 16_000, post=None, controls=controls).weights
    np.testing.assert_allclose(halved[:, JAW], raw[:, JAW] / 2, atol=1e-6)
    np.testing.assert_array_equal(np.delete(halved, JAW, 1), np.delete(raw, JAW, 1))


@pytest.mark.parametrize(
    ("controls", "message"),
    [
        (a2e.Controls(gain={"jawopen": 1}), "no shape 'jawopen'; did you mean jawOpen"),
        (a2e.Controls(mute=["nonsense"]), "no shape 'nonsense'; `a2e inspect` lists them"),
        (a2e.Controls(clamp={"jawOpen": (0.5, 0.1)}), "0 <= low <= high <= 1; got 0.5 and 0.1"),
        (a2e.Controls(offset={"jawOpen": float("nan")}), "a finite number; got nan"),
        (a2e.Controls(gain={"jawOpen": "1.8"}), "a finite number; got '1.8'"),
        (a2e.Controls(clamp={"jawOpen": 0.5}), r"the clamp of jawOpen must be \(low, high\)"),
    ],
)
def test_bad_controls(short_model, controls: a2e.Controls, message: str) -> None:
    with pytest.raises(a2e.OptionError, match=message):
        short_model.stream(16_000, controls=controls)


def test_styles_by_index_name_and_blend(model) -> None:
    third = np.eye(12, dtype=np.float32)[3]
    for style in (3, "3", np.int64(3), third, {3: 1.0}):
        np.testing.assert_array_equal(model.style(style), third)
    np.testing.assert_allclose(model.style({"0": 0.25, 3: 0.75})[[0, 3]], [0.25, 0.75])
    np.testing.assert_array_equal(model.style(None), np.eye(12)[model.spec.default_style])


@pytest.mark.parametrize(
    ("style", "message"),
    [
        ({True: 1.0}, "a style is told by its index or name; got True"),
        ({0: None}, "a style is an index, a name, or a blend"),
        ({0: 2, 1: -1}, "a style is an index, a name, or a blend"),
        (["a"], "a style is an index, a name, or a blend"),
        (12, "style must be 0 to 11; got 12"),
        (-1, "style must be 0 to 11; got -1"),
        ("angry", "style must be one of 0, 1, .*; got 'angry'"),
        ([0.5, 0.5], "12 shares from 0 up that sum to 1"),
        ({0: 0.5}, "12 shares from 0 up that sum to 1"),
        (np.full(12, np.nan), "12 shares from 0 up that sum to 1"),
    ],
)
def test_bad_styles(model, style, message: str) -> None:
    with pytest.raises(a2e.OptionError, match=message):
        model.stream(16_000, style=style)


def test_mute_takes_a_list() -> None:
    with pytest.raises(a2e.OptionError, match="mute takes a list of shapes"):
        a2e.Controls(mute="jawOpen")
