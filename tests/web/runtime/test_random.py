"""Chance in JavaScript is Python's, draw by draw."""

from __future__ import annotations

import numpy as np

from a2e.random import Random
from tests.runtime.test_random import VECTORS
from tests.web.runtime.exchange import ask

SEEDS = [*VECTORS, *map(int, np.random.default_rng(0).integers(0, 2**63, 20)), 2**32, 2**70 + 3]


def test_draws_are_equal() -> None:
    for seed, drawn in zip(SEEDS, ask("random.mjs", [str(seed) for seed in SEEDS]), strict=True):
        random = Random(seed)
        assert drawn["words"] == [random.uint32() for _ in range(3)]
        assert drawn["floats"] == [random.random() for _ in range(2)]
        assert drawn["wholes"] == [random.integer(33, 153) for _ in range(3)]
        for words in drawn["children"]:
            child = random.spawn()
            assert words == [child.uint32(), child.uint32(), child.spawn().uniform(-2, 5)]


def test_vectors() -> None:
    for drawn, (words, floats, wholes) in zip(
        ask("random.mjs", [str(seed) for seed in VECTORS]), VECTORS.values(), strict=True
    ):
        assert drawn["words"] == words
        assert [value * 2**24 for value in drawn["floats"]] == floats
        assert drawn["wholes"] == wholes
