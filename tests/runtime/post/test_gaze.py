"""Where the eyes look: stays, ways and fixations as published, whatever the hops and the rate."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import a2e
from a2e.post.gaze import EYES, FULL, LENGTHS, SECTORS, SIZE_FALL, SIZES, EyeShapes, Gaze
from a2e.random import Random
from a2e.shapes import ARKIT

MINUTES = 30
AT_VIEWER = 7.0
"""Degrees within which eyes and mouth of the viewer lie, and some stays away."""


class Watched(Gaze):
    """Notes the frame, the place and the way of each stay."""

    def __init__(self, random: Random, fps: int) -> None:
        self.stays: list[tuple[int, str, tuple[float, float], bool]] = []
        self.frame = -1
        super().__init__(random, fps)

    def _next(self, resting: bool, shut: bool) -> tuple[float, float]:
        self.frame += 1
        return super()._next(resting, shut)

    def _change_place(self) -> None:
        super()._change_place()
        self.stays.append((self.frame, self._place, self._centre, self._shut))


def watch(resting: bool, fps: int = 30, lids: np.ndarray | None = None) -> Watched:
    gaze = Watched(Random(5), fps)
    frames = MINUTES * 60 * fps
    gaze.step([resting] * frames, np.zeros(frames, np.float32) if lids is None else lids)
    return gaze


@pytest.mark.parametrize("fps", [30, 60])
@pytest.mark.parametrize("mode", ["talking", "listening"])
def test_stays_last_as_published(mode: str, fps: int) -> None:
    """Lee, Badler & Badler 2002: means and standard deviations, within four standard errors."""
    stays = watch(mode == "listening", fps).stays
    for place in ("viewer", "away"):
        lengths = [
            (end - start) / fps
            for (start, where, _, _), (end, _, _, _) in pairwise(stays)
            if where == place
        ]
        mean, deviation = LENGTHS[mode, place]
        error = deviation / np.sqrt(len(lengths))
        assert np.mean(lengths) == pytest.approx(mean, abs=4 * error + 0.5 / fps)
        assert np.std(lengths) == pytest.approx(deviation, rel=0.25)


def test_ways_have_published_sizes_and_directions() -> None:
    ways = np.array([way for _, place, way, _ in watch(False).stays if place == "away"])
    sizes = np.hypot(*ways.T)
    least, most = SIZES
    assert sizes.min() >= least
    assert sizes.max() <= most
    grid = np.linspace(least, most, 1_000)
    density = np.exp(-grid / SIZE_FALL)
    expected = (grid * density).sum() / density.sum()
    assert sizes.mean() == pytest.approx(expected, abs=4 * sizes.std() / np.sqrt(len(sizes)))
    angles = np.degrees(np.arctan2(ways[:, 1], -ways[:, 0]))  # 0 is to the face's right
    counts = np.bincount(np.round(angles / 45).astype(int) % 8, minlength=8)
    shares = np.array(SECTORS) / sum(SECTORS)
    errors = np.sqrt(len(ways) * shares)
    assert (np.abs(counts - len(ways) * shares) < 4 * errors).all()


def test_a_talker_looks_mostly_at_the_viewer() -> None:
    """77 % of the time in Lee et al. 2002; a short way away counts as there, too."""
    frames = MINUTES * 60 * 30
    directions = Gaze(Random(2), 30).step([False] * frames, np.zeros(frames, np.float32))
    assert 0.74 < (np.hypot(*directions.T) < AT_VIEWER).mean() < 0.95
    assert np.abs(directions).max() <= SIZES[1] + 0.5


def test_saccades_are_as_fast_as_peoples_and_eyes_rest_between() -> None:
    """At 240 frames a second: the main sequence's durations, one direction till the end."""
    fps = 240
    frames = 60 * fps
    directions = Gaze(Random(3), fps).step([False] * frames, np.zeros(frames, np.float32))
    steps = np.hypot(*np.diff(directions, axis=0).T)
    moving = np.concatenate(([0], steps > 1e-9, [0]))
    starts, ends = np.flatnonzero(np.diff(moving)).reshape(-1, 2).T
    sizes = np.array([steps[a:b].sum() for a, b in zip(starts, ends, strict=True)])
    durations = (ends - starts) / fps
    assert np.abs(durations - (0.021 + 0.0022 * sizes)).max() < 1.6 / fps
    peaks = np.array([steps[a:b].max() for a, b in zip(starts, ends, strict=True)]) * fps
    assert 150 < peaks[sizes > 8].mean() < 500  # degrees a second, Bahill et al. 1975
    assert 1 < len(starts) / 60 < 3  # a second
    assert (steps == 0).mean() > 0.85


def test_large_ways_go_with_blinks() -> None:
    """Rarely by chance, often by will; the blinks themselves stay where they are."""
    frames = MINUTES * 60 * 30
    blinks = np.zeros(frames, np.float32)
    blinks[np.random.default_rng(0).integers(0, frames, 18 * MINUTES)] = 1
    stays = watch(False, lids=blinks).stays
    large = [(shut, way) for _, place, way, shut in stays if place == "away"]
    with_blink = np.mean([shut for shut, way in large if np.hypot(*way) >= 5])
    others = np.mean([shut for shut, way in large if np.hypot(*way) < 5])
    assert 0.12 < with_blink < 0.4
    assert others < 0.05


def test_shapes_of_both_eyes_show_one_direction() -> None:
    eyes = EyeShapes(ARKIT)
    assert [ARKIT[i] for i in eyes.columns] == list(EYES)
    left_up, right_down = eyes(np.array([[6.0, 3.0], [-6.0, -3.0]]))
    weights = dict(zip(EYES, left_up, strict=True))
    assert weights["eyeLookOutLeft"] == weights["eyeLookInRight"] == np.float32(6 / FULL)
    assert weights["eyeLookUpLeft"] == weights["eyeLookUpRight"] == np.float32(3 / FULL)
    assert sum(weights.values()) == pytest.approx(18 / FULL)
    mirrored = right_down.reshape(4, 2)[:, ::-1].ravel()  # EYES come in opposite pairs
    assert np.array_equal(mirrored, left_up)


def test_a_model_without_eyes_has_no_gaze() -> None:
    eyes = EyeShapes(("jawOpen", "eyeLookUpLeft"))
    assert eyes(np.array([[3.0, 15.0]])).tolist() == [[0.5]]
    assert eyes.columns.tolist() == [1]
    assert EyeShapes(("jawOpen",))(np.zeros((2, 2))).shape == (2, 0)


def test_gaze_leaves_all_other_shapes_as_they_are(speech) -> None:
    model = a2e.load()
    eyes = [i for i, name in enumerate(ARKIT) if name in EYES]
    with_gaze = model.animate(speech, 16_000, seed=4).weights
    without = model.animate(speech, 16_000, seed=4, post=a2e.Live(gaze=False)).weights
    assert np.array_equal(np.delete(with_gaze, eyes, 1), np.delete(without, eyes, 1))
    assert np.ptp(with_gaze[:, eyes], axis=0).max() > 0.05
    again = model.animate(speech, 16_000, seed=4).weights
    other = model.animate(speech, 16_000, seed=5).weights
    assert np.array_equal(with_gaze, again)
    assert not np.array_equal(with_gaze[:, eyes], other[:, eyes])
