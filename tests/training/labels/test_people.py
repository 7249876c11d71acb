"""Captured people: the words that file names spell, and the phones that are found in them."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from training.labels.people import people, sentence
from training.labels.recognised import Aligner, stress_pattern
from training.speech.utterance import SAMPLE_RATE
from training.speech.voices import synthesise


def test_a_grid_name_spells_its_sentence() -> None:
    assert sentence("bbaf2n") == ["bin", "blue", "at", "f.", "two", "now"]
    assert sentence("s30_lwia9p") == ["lay", "white", "in", "a", "nine", "please"]


def test_words_know_their_stresses() -> None:
    assert stress_pattern("again") == (0, 2)
    assert stress_pattern("seven") == (2, 0)
    assert stress_pattern("the") == ()


@pytest.fixture(scope="module")
def spoken() -> np.ndarray:
    """With a room's noise: there is no digital silence in recordings."""
    audio = synthesise("bin blue at f two now", "espeak:en-us", "en", rate=130).audio
    return audio + np.random.default_rng(0).normal(0, 1e-3, len(audio)).astype(np.float32)


def test_phones_are_found_in_a_recording_or_nothing_is(spoken: np.ndarray) -> None:
    aligner = Aligner()
    phones = aligner.align(spoken, sentence("bbaf2n"))
    assert phones is not None
    assert phones[0].start == 0
    assert phones[-1].end == pytest.approx(len(spoken) / SAMPLE_RATE, abs=0.02)
    assert all(a.end == b.start for a, b in pairwise(phones))
    symbols = [p.symbol for p in phones if p.symbol]
    assert symbols[:3] == ["b", "ɪ", "n"]
    assert symbols[-2:] == ["n", "aʊ"]
    assert aligner.align(spoken, ["unheardofword"]) is None


def test_a_folder_of_captures_gives_people_in_the_time_of_their_sound(
    tmp_path: Path, spoken: np.ndarray
) -> None:
    group = tmp_path / "grid_others"
    group.mkdir()
    soundfile.write(group / "s9_bbaf2n.flac", spoken, SAMPLE_RATE)
    frames = len(spoken) * 25 // SAMPLE_RATE
    ramp = np.arange(frames) / 25  # s: the camera's clock
    names = ["jawOpen", "mouthPucker"]
    np.savez(
        group / "s9_bbaf2n.npz",
        fps=25.0,
        names=names,
        weights=np.stack([ramp, ramp], axis=1),
        aperture=ramp,
        width=-ramp,
    )
    cache = tmp_path / "people.json"
    (person,) = people(tmp_path, cache)
    assert (person.speaker, person.name) == ("s9", "grid_others/s9_bbaf2n")
    middle = person.captured[20:40]  # the camera is one frame late
    np.testing.assert_allclose(middle, middle[:, :1] * np.ones(3), atol=1e-6)
    np.testing.assert_allclose(np.diff(middle[:, 0]), 1 / 30, atol=1e-6)
    np.testing.assert_allclose(middle[0, 0], (20 + 1 + 0.5) / 30 - 0.5 / 25, atol=1e-6)
    (again,) = people(tmp_path, cache)
    assert again.phones == person.phones
