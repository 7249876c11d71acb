"""Lids, brows, eyes and head in JavaScript move as Python's, for minutes and at any frame rate."""

from __future__ import annotations

import numpy as np

from a2e.arrays import Floats
from a2e.post.brows import BrowRaiser
from a2e.post.gaze import Gaze
from a2e.post.head import Head
from a2e.post.silence import Silence
from a2e.post.stages import Eyelids
from a2e.random import Random
from tests.web.runtime.exchange import ask

RATES = (24, 30, 60)
MINUTES = 3


def volumes(seed: int, fps: int) -> Floats:
    """Of a voice that speaks and pauses, loudly and softly."""
    rng = np.random.default_rng(seed)
    seconds = np.repeat(rng.choice([0.0, 0.003, 0.03, 0.085, 0.2], MINUTES * 60), fps)
    rough = np.repeat(rng.choice([0.0, 0.5], MINUTES * 60), fps)
    return (seconds * (1 + rough * rng.uniform(-1, 1, len(seconds)))).astype(np.float32)


def test_every_part_moves_alike() -> None:
    cases = [
        {
            "seed": seed,
            "fps": fps,
            "volumes": volumes(seed, fps),
            "tones": (np.random.default_rng(seed).random(MINUTES * 60 * fps) < 0.003).tolist(),
        }
        for seed, fps in enumerate(RATES)
    ]
    for case, answer in zip(cases, ask("life.mjs", cases), strict=True):
        loud, seed, fps = case["volumes"], case["seed"], case["fps"]
        rests = Silence(fps).step(loud, case["tones"])
        lids = Eyelids(Random(seed), (1.1, 5.1), fps).step(len(loud))
        gaze, head = Gaze(Random(seed), fps), Head(Random(seed), fps)
        assert answer["rests"] == rests
        np.testing.assert_allclose(answer["lids"], lids, atol=1e-7)
        brows = BrowRaiser(Random(seed), fps).step(loud)
        assert brows.any()
        np.testing.assert_allclose(answer["brows"], brows, atol=1e-7)
        np.testing.assert_allclose(answer["gaze"], gaze.step(rests, lids).ravel(), atol=2e-6)
        np.testing.assert_allclose(answer["head"], head.step(loud, rests).ravel(), atol=1e-7)
