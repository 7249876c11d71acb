"""Distances between animations."""

from __future__ import annotations

import numpy as np
import pytest

from a2e_export.drift.metrics import LIPS, STILL, correlation, distance


def test_distance() -> None:
    rng = np.random.default_rng(0)
    one = rng.random((100, 52)).astype(np.float32)
    same = distance(one, one)
    assert (same.mean, same.worst, same.jaw, same.lips) == pytest.approx((0, 0, 1, 1))
    other = distance(one * 0.5, one)
    assert other.jaw == pytest.approx(1)
    assert other.mean == pytest.approx(0.25, abs=0.02)


def test_curves_that_stand_still_correlate_where_they_are_equal() -> None:
    still, moving = np.zeros(9, np.float32), np.arange(9, dtype=np.float32)
    assert correlation(still, still + STILL / 2) == 1
    assert correlation(still, still + 1) == 0
    assert correlation(moving, -moving) == pytest.approx(-1)


def test_lips_are_shapes_of_the_mouth() -> None:
    assert "mouthClose" in LIPS
    assert "jawOpen" not in LIPS
