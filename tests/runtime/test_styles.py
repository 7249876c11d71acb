"""Styles: every way to name one, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import a2e
from a2e.styles import SUM_TOLERANCE, shares_of
from tests.runtime.test_spec import SPEC

THREE = replace(SPEC, styles=("neutral", "wide", "subtle"), default_style=1)


@pytest.mark.parametrize(
    ("style", "shares"),
    [
        (None, [0, 1, 0]),
        (0, [1, 0, 0]),
        (np.int64(2), [0, 0, 1]),
        ("subtle", [0, 0, 1]),
        ({0: 0.5, 2: 0.5}, [0.5, 0, 0.5]),
        ({"neutral": 0.25, 1: 0.75}, [0.25, 0.75, 0]),
        ({"wide": 0.5, 1: 0.5}, [0, 1, 0]),
        ([0.5, 0.25, 0.25], [0.5, 0.25, 0.25]),
        ((0, 1, 0), [0, 1, 0]),
        (np.array([0.5, 0.5, 0.0]), [0.5, 0.5, 0]),
    ],
)
def test_every_way_to_name_a_style(style: Any, shares: list[float]) -> None:
    chosen = shares_of(style, THREE)
    assert chosen.dtype == np.float32
    np.testing.assert_array_equal(chosen, np.array(shares, np.float32))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=3, max_size=3).filter(lambda x: sum(x) > 0.01))
def test_a_list_and_a_mapping_mean_the_same(parts: list[float]) -> None:
    shares = [part / sum(parts) for part in parts]
    np.testing.assert_array_equal(
        shares_of(shares, THREE), shares_of(dict(enumerate(shares)), THREE)
    )


@pytest.mark.parametrize("style", [-1, 3, np.int64(3), "loud", "", {"loud": 1.0}, {5: 1.0}])
def test_styles_that_do_not_exist(style: Any) -> None:
    with pytest.raises(a2e.OptionError, match="style must be"):
        shares_of(style, THREE)


@pytest.mark.parametrize(
    "style",
    [
        {},
        {0: 0.5},
        {0: 1.5, 1: -0.5},
        {0: "1"},
        {0: None},
        {0: float("nan")},
        [],
        [1.0],
        [0.5, 0.5, 0.5],
        [1 + 2 * SUM_TOLERANCE, 0, 0],
        [2, -1, 0],
        [float("nan"), 1, 0],
        [[1, 0, 0]],
        ["wide", "subtle"],
        0.5,
        object(),
    ],
)
def test_blends_that_cannot_be(style: Any) -> None:
    with pytest.raises(a2e.OptionError, match="a style is an index, a name, or a blend: 3 shares"):
        shares_of(style, THREE)


@pytest.mark.parametrize("key", [True, None, 0.0, ()])
def test_keys_of_a_blend_are_indices_or_names(key: Any) -> None:
    with pytest.raises(a2e.OptionError, match="told by its index or name"):
        shares_of({key: 1.0}, THREE)


@pytest.mark.parametrize("style", [True, False])
def test_a_truth_value_is_no_index(style: bool) -> None:
    with pytest.raises(a2e.OptionError):
        shares_of(style, THREE)
