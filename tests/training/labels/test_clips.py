"""Clips: sound, curves and letters belong together."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from training.labels.clips import GRID_FRAMES, GRID_SAMPLES, Clip, clips, labials, quiet
from training.labels.letters import CLASSES
from training.labels.targets import STYLES
from training.speech.utterance import Phone


@pytest.fixture(scope="module")
def drawn() -> list[Clip]:
    return list(islice(clips(3, "train", "synthetic"), 8))


def test_clips_are_whole_grid_steps_and_their_parts_agree(drawn: list[Clip]) -> None:
    for clip in drawn:
        assert len(clip.audio) % GRID_SAMPLES == 0
        frames = len(clip.audio) // GRID_SAMPLES * GRID_FRAMES
        assert clip.targets.shape == (frames, len(STYLES), 52)
        assert clip.letters.shape == (frames, 2)
        assert np.abs(clip.audio).max() <= 1
        assert np.all(clip.targets[clip.labials[:, 0].clip(max=frames - 1), 0, :].max(axis=1) > 0)


def test_where_letters_are_silent_the_mouth_comes_to_rest(drawn: list[Clip]) -> None:
    silent = [clip.letters == CLASSES.index("") for clip in drawn]
    resting = np.concatenate(
        [c.targets[s.all(axis=1), 0] for c, s in zip(drawn, silent, strict=True)]
    )
    moving = np.concatenate(
        [c.targets[~s.any(axis=1), 0] for c, s in zip(drawn, silent, strict=True)]
    )
    assert np.median(resting, axis=0).max() < 0.05
    assert moving.mean() > 4 * resting.mean()


def test_noise_has_no_letters_and_no_curves() -> None:
    clip = quiet(np.random.default_rng(0))
    assert np.abs(clip.audio).max() > 0
    assert not clip.targets.any()
    assert not clip.letters.any()


def test_labials_are_given_in_frames() -> None:
    phones = (Phone("a", 0, 0.1), Phone("pʰ", 0.1, 0.2), Phone("", 0.2, 0.3), Phone("m", 0.3, 0.35))
    assert labials(phones).tolist() == [[3, 6], [9, 10]]
    assert labials(()).shape == (0, 2)
