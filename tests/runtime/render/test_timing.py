"""From the model's frames to a film's."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import numpy as np
import pytest

from a2e.errors import OptionError
from a2e.render.timing import Retiming, parse_fps


@pytest.mark.parametrize("fps", ["24", "23.976", "25", "30", "48", "60", "7"])
def test_any_cutting_gives_equal_frames(fps: str) -> None:
    random = np.random.default_rng(3)
    rows = random.random((73, 4), dtype=np.float32)
    seconds = Fraction(2431, 1000)
    wholes = None
    for cuts in ([], [1, 2, 3], sorted(random.integers(0, 73, 9))):
        retiming = Retiming(Fraction(30), parse_fps(fps))
        frames = [f for part in np.split(rows, cuts) for f in retiming.push(part)]
        frames += retiming.finish(seconds)
        assert len(frames) == ceil(seconds * parse_fps(fps))
        wholes = frames if wholes is None else wholes
        np.testing.assert_array_equal(frames, wholes)
    places = np.clip((np.arange(len(frames)) + 0.5) * 30 / float(parse_fps(fps)) - 0.5, 0, 72)
    expected = [np.interp(places, np.arange(73), column) for column in rows.T]
    np.testing.assert_allclose(np.array(frames).T, expected, atol=1e-5)


def test_the_models_own_rate_gives_its_frames() -> None:
    rows = np.random.default_rng(3).random((30, 4), dtype=np.float32)
    np.testing.assert_array_equal(list(Retiming(Fraction(30), Fraction(30)).push(rows)), rows)


@pytest.mark.parametrize("text", ["0", "-1", "nan", "1/0", "fast", "241", "", "1e9"])
def test_no_rate(text: str) -> None:
    with pytest.raises(OptionError, match="fps must be"):
        parse_fps(text)
