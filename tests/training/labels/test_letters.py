"""Letters: which sound is spoken when."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from training.labels.letters import CLASSES, IN_FRAME, UNKNOWN, letters
from training.speech.utterance import Phone


def names(spoken: list[Phone], frames: int) -> list[str]:
    return ["?" if i == UNKNOWN else CLASSES[i] for i in letters(spoken, frames).ravel()]


def test_each_half_frame_has_the_letter_of_its_middle() -> None:
    spoken = [Phone("", 0.0, 0.1), Phone("pʰ", 0.1, 0.15), Phone("aː", 0.15, 0.3)]
    assert names(spoken, 9) == [""] * 6 + ["p"] * 3 + ["a"] * 9


def test_affricates_and_diphthongs_give_half_of_their_time_to_each_letter() -> None:
    assert names([Phone("tʃ", 0.0, 0.1), Phone("aɪ", 0.1, 0.3)], 9) == (
        ["t"] * 3 + ["ʃ"] * 3 + ["a"] * 6 + ["ɪ"] * 6
    )


def test_after_the_last_phone_there_is_silence() -> None:
    assert names([Phone("a", 0.0, 1 / 30)], 3) == ["a", "a", "", "", "", ""]
    assert letters((), 4).shape == (4, IN_FRAME)
    assert not letters((), 4).any()


def test_what_is_no_letter_is_unknown_rather_than_silence() -> None:
    assert names([Phone("1", 0.0, 0.1)], 3) == ["?"] * 6
    assert len(CLASSES) < UNKNOWN


def test_phones_shorter_than_a_half_frame_do_no_harm() -> None:
    edges = np.linspace(0, 0.1, 41)
    spoken = [Phone("ab"[i % 2], a, b) for i, (a, b) in enumerate(pairwise(edges))]
    assert set(names(spoken, 3)) <= {"a", "b"}
