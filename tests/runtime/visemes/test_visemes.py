"""Weights to visemes and back: what the poses say, at any cutting, with closures kept."""

from __future__ import annotations

from itertools import pairwise
from typing import get_args

import numpy as np
import pytest

import a2e
from a2e.post.closures import Closures
from a2e.post.moods import CLOSED_GAP
from a2e.serve.wire import StreamFields
from a2e.shapes import ARKIT
from a2e.visemes import SHAPE_SETS, shape_map
from a2e.visemes.ids import REST, SHORTEST
from a2e.visemes.shares import Mix, nonnegative
from a2e.visemes.table import CONTACTS, ID_SETS, POSE_SETS, column_names, ids_of, poses, table

RATE = 16_000


def frame(pose) -> np.ndarray:
    """The ARKit weights of a pose, [1, 52]."""
    return np.array([[pose.get(name, 0.0) for name in ARKIT]], np.float32)


def test_the_table_is_whole() -> None:
    assert len(column_names("oculus")) == 15
    assert column_names("vrm") == ("aa", "ih", "ou", "ee", "oh", "blinkLeft", "blinkRight")
    assert column_names("azure") == tuple(map(str, range(22)))
    assert column_names("rhubarb") == tuple("ABCDEFGHX")
    for name in (*POSE_SETS, *ID_SETS):
        for pose in poses(name).values():
            assert all(shape in ARKIT and 0 < weight <= 1 for shape, weight in pose.items())
    for name in ID_SETS:
        assert list(ids_of(name)) == list(poses("oculus"))
        assert all(id in column_names(name) for pair in ids_of(name).values() for id in pair)
    assert list(table()["oculus"]["sounds"]) == list(poses("oculus"))


def test_clients_may_ask_for_every_set() -> None:
    asked = get_args(get_args(StreamFields.model_fields["shapes"].annotation)[0])
    assert asked == SHAPE_SETS


@pytest.mark.parametrize("set", POSE_SETS)
def test_a_viseme_that_becomes_weights_becomes_itself_again(set) -> None:
    mapped = shape_map(set, ARKIT, 30)
    for column, pose in enumerate(poses(set).values()):
        for strength in (1.0, 0.6):
            found = mapped.step(strength * frame(pose))[0]
            if pose:
                assert found[column] == pytest.approx(strength, abs=0.08)
            others = np.delete(found, column)
            leftover = 1 - strength if set == "oculus" else 0
            assert others.max() <= leftover + 0.08


@pytest.mark.parametrize("set", ID_SETS)
def test_an_id_that_becomes_weights_becomes_itself_again(set) -> None:
    for name in {id for pair in ids_of(set).values() for id in pair}:
        mapped = shape_map(set, ARKIT, 30)
        found = mapped.step(np.repeat(frame(poses(set)[name]), 5, 0))[-1]
        shown = column_names(set)[int(found.argmax())]
        narrow_or_wide = [pair for pair in ids_of(set).values() if name in pair]
        assert any(shown in pair for pair in narrow_or_wide), (name, shown)


def test_the_fit_is_the_best_there_is() -> None:
    """Against a search: no share can be moved to come nearer."""
    rng = np.random.default_rng(0)
    table = rng.random((7, 20))
    products = table @ table.T + 1e-3 * np.eye(7)
    for _ in range(50):
        wanted = table @ rng.normal(0.3, 1, 20)
        x = nonnegative(products, wanted)
        slope = wanted - products @ x
        assert (x >= 0).all()
        assert (slope <= 1e-6).all()
        assert abs(slope[x > 0]).max(initial=0) < 1e-6


def test_shares_add_up_and_shut_lips_stay_shut(ahead_model, speech) -> None:
    faces = ahead_model.animate(speech, RATE, seed=1).weights
    noise = np.random.default_rng(0).random((300, 52)).astype(np.float32) ** 4
    for set in POSE_SETS:
        mouths = {n: p for n, p in poses(set).items() if any("outh" in s for s in p)}
        mix = Mix(mouths, ARKIT)
        for frames in (faces, noise):
            shares = mix.shares(frames)
            assert (shares >= 0).all()
            assert (shares.sum(axis=1) <= 1 + 1e-9).all()
            shut = Closures(ARKIT).gap(frames) < CLOSED_GAP
            assert shut.any()
            assert ((shares @ mix.gaps)[shut] < CLOSED_GAP + 1e-9).all()


@pytest.mark.parametrize("set", [*POSE_SETS, *ID_SETS])
@pytest.mark.parametrize("fps", [30, 60])
def test_any_cutting_gives_equal_frames(ahead_model, speech, set, fps) -> None:
    audio = speech[:RATE]
    options = {"seed": 1, "shapes": set, "fps": fps, "post": a2e.Live(head=True)}
    clip = ahead_model.animate(audio, RATE, **options)
    assert clip.names == column_names(set)
    assert clip.weights.shape == (fps, len(clip.names))
    stream = ahead_model.stream(RATE, **options)
    parts = []
    for part in np.split(audio, [100, 5_000, 5_001, 9_000]):
        parts.append(stream.push(part))
        stream.peek()
    assert np.array_equal(np.concatenate((*parts, stream.flush())), clip.weights)


@pytest.mark.parametrize("set", ID_SETS)
def test_one_id_shows_at_a_time_and_lasts(ahead_model, speech, set) -> None:
    clip = ahead_model.animate(speech, RATE, seed=1, shapes=set, fps=60)
    assert np.array_equal(clip.weights.sum(axis=1), np.ones(len(clip)))
    shown = clip.weights.argmax(axis=1)
    edges = np.flatnonzero(np.diff(shown)) + 1
    contacts = {clip.names.index(ids_of(set)[name][0]) for name in CONTACTS}
    for start, end in pairwise(edges):
        assert end - start >= SHORTEST * 60 - 1 or shown[end] in contacts


def test_silence_is_silence() -> None:
    still = np.zeros((4, 52), np.float32)
    assert shape_map("oculus", ARKIT, 30).step(still)[0].argmax() == 0
    assert shape_map("rhubarb", ARKIT, 30).step(still)[0].argmax() == "ABCDEFGHX".index("X")
    assert shape_map("azure", ARKIT, 30).step(still)[0].argmax() == 0
    assert REST > 0


def test_unknown_shapes_are_refused(ahead_model) -> None:
    with pytest.raises(a2e.OptionError, match="shapes must be one of arkit, oculus, vrm, azure"):
        ahead_model.stream(RATE, shapes="disney")
