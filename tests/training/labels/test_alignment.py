"""Alignment: a transcript's phones are found where they are spoken."""

from __future__ import annotations

import numpy as np
import pytest

from training.evaluation.alignment_check import distances
from training.labels.alignment import align
from training.labels.cepstra import CEPSTRA, HOP, cepstra
from training.labels.pauses import edge_run, loudness_mask, settle
from training.labels.warp import warp
from training.speech.utterance import SAMPLE_RATE, Phone
from training.speech.voices import synthesise

TEXT = "My mother bought a big apple pie."


def test_boundaries_are_found_in_a_voice_that_no_reference_has() -> None:
    said = synthesise(TEXT, "espeak:en-us+f3", "en", rate=150)
    noise = np.random.default_rng(0).normal(0, 0.003, len(said.audio)).astype(np.float32)
    others = [synthesise(TEXT, f"espeak:en-us{v}", "en") for v in ("", "+m2", "+klatt4")]
    found = align(said.audio + noise, TEXT, "en", others)
    errors = distances(found, said)
    assert len(errors) > 15
    assert np.median(errors) < 0.02
    assert np.mean(np.array(errors) < 0.04) > 0.8
    assert found.phones[0].start == 0
    assert found.phones[-1].end == pytest.approx(len(said.audio) / SAMPLE_RATE)
    assert found.voices >= 1


def test_a_path_follows_a_change_of_tempo_and_never_falls() -> None:
    reference = np.random.default_rng(1).normal(size=(80, 6)).cumsum(axis=0)
    index = np.concatenate((np.arange(40), np.repeat(np.arange(40, 80), 2)))
    path, cost = warp(reference[index], reference, np.zeros(80, bool))
    assert np.abs(path - index).max() <= 2
    assert np.all(np.diff(path) >= 0)
    _, unlike = warp(reference[::-1], reference, np.zeros(80, bool))
    assert cost < 0.5 * unlike


def test_cepstra_do_not_care_for_level() -> None:
    audio = synthesise("Hello.", "espeak:en-us", "en").audio
    loud, quiet = cepstra(audio, 1.0), cepstra(0.05 * audio, 1.0)
    assert loud.shape == (-(-len(audio) // HOP), 2 * CEPSTRA)
    assert np.allclose(loud, quiet, atol=1e-3)


def test_loud_parts_are_told_from_a_noise_floor() -> None:
    rng = np.random.default_rng(0)
    audio = rng.normal(0, 0.001, SAMPLE_RATE).astype(np.float32)
    audio[4_000:12_000] += rng.normal(0, 0.1, 8_000).astype(np.float32)
    loud = loudness_mask(audio)
    assert loud[60:140].all()
    assert not loud[:40].any()
    assert not loud[160:].any()


def test_pauses_give_their_loud_edges_to_their_neighbours() -> None:
    audio = np.random.default_rng(0).normal(0, 0.1, SAMPLE_RATE).astype(np.float32)
    audio[9_600:12_800] *= 0.001  # 0.6 to 0.8 s
    phones = [Phone("a", 0, 0.5), Phone("", 0.5, 0.9), Phone("b", 0.9, 1.0)]
    first, pause, last = settle(phones, audio)
    assert pause.start == pytest.approx(0.6, abs=0.03)
    assert pause.end == pytest.approx(0.8, abs=0.03)
    assert first.end == pause.start
    assert last.start == pause.end
    assert [p.symbol for p in settle(phones, np.abs(audio) + 0.5)] != ["a", "b", ""]


def test_a_pause_that_is_loud_all_through_is_none() -> None:
    audio = np.random.default_rng(0).normal(0, 0.1, SAMPLE_RATE).astype(np.float32)
    audio[:3_200] *= 0.001
    phones = [Phone("", 0, 0.2), Phone("a", 0.2, 0.5), Phone("", 0.5, 0.6), Phone("b", 0.6, 1.0)]
    assert [p.symbol for p in settle(phones, audio)] == ["", "a", "b"]


def test_a_run_outlasts_short_gaps_only() -> None:
    loud = np.array([1] * 4 + [0] * 3 + [1] * 2 + [0] * 9 + [1], bool)
    assert edge_run(loud) == 9
    assert edge_run(loud[9:18]) == 0
