"""Sizes that follow from an architecture."""

from __future__ import annotations

from a2e_export.network import Architecture, frames_in
from a2e_export.random_checkpoint import SMALL


def test_frame_counts() -> None:
    assert [frames_in(n) for n in (1, 533, 534, 1_600, 16_000, 34_133)] == [1, 1, 2, 3, 30, 64]
    assert SMALL.conv_steps(34_133) == 106


def test_one_step_needs_exactly_its_receptive_field() -> None:
    field = Architecture().receptive_field()
    assert field == 400
    assert Architecture().conv_steps(field) == 1
    assert Architecture().conv_steps(field - 1) < 1
