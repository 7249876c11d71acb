"""Audio beside its frames: nothing is lost, nothing comes late, marks keep their place."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from a2e.client import Ended, Frames
from a2e.client.pairing import Pairing, Released, Sound

FPS = 30


def frames(first: int, count: int, speech: int = 0) -> Frames:
    return Frames(speech, first, first / FPS, np.zeros((count, 2), np.float32))


def audio(items: list[Released]) -> bytes:
    return b"".join(item.data for item in items if isinstance(item, Sound))


@given(
    st.sampled_from([8_000, 16_000, 22_050, 24_000, 44_100]),
    st.lists(st.integers(0, 400), max_size=30),
    st.lists(st.integers(1, 7), min_size=1, max_size=30),
)
def test_all_audio_goes_and_no_frame_comes_after_its_own(rate, pieces, hops) -> None:
    """Whatever the cutting of the audio, and of the frames."""
    pairing = Pairing(2 * rate, 2)
    data = bytes(i % 251 for i in range(2 * sum(pieces)))
    start = 0
    for size in pieces:
        pairing.push(0, data[start : start + 2 * size], None)
        start += 2 * size
    heard, first, total = b"", 0, -(-sum(pieces) * FPS // rate)
    for count in hops:
        count = min(count, total - first)
        if count <= 0:
            break
        face, *sounds = pairing.frames(frames(first, count), FPS)
        assert isinstance(face, Frames)
        assert (face.first, len(face.weights)) == (first, count)
        assert len(heard) <= face.first / FPS * 2 * rate
        heard += audio(sounds)
        first += count
        assert len(heard) == min(len(data), 2 * (first * rate // FPS))
    heard += audio(pairing.ended(Ended(0, first, 0.0)))
    assert heard == data
    assert pairing.is_empty


def test_marks_keep_their_place() -> None:
    pairing = Pairing(3_000, 2)
    assert not pairing.mark("before")
    pairing.push(0, bytes(100), "a")
    assert pairing.mark("between")
    pairing.push(0, bytes(100), "b")
    assert pairing.mark("after")
    first = pairing.frames(frames(0, 1), FPS)
    assert [getattr(item, "source", item) for item in first[1:]] == ["a", "between"]
    rest = pairing.ended(Ended(0, 1, 0.0))
    assert [getattr(item, "source", item) for item in rest] == ["b", "after"]


def test_frames_whose_audio_has_gone_are_left_out() -> None:
    pairing = Pairing(3_000, 2)
    pairing.push(0, bytes(250), None)
    assert len(audio(pairing.release())) == 250
    assert pairing.frames(frames(0, 3), FPS) == []
    pairing.push(0, bytes(300), None)
    (late, *sounds) = pairing.frames(frames(1, 4), FPS)
    assert isinstance(late, Frames)
    assert (late.first, len(late.weights)) == (3, 2)
    assert len(audio(sounds)) == 250


def test_speeches_do_not_mix() -> None:
    pairing = Pairing(3_000, 2)
    pairing.push(0, b"a" * 100, None)
    pairing.push(1, b"b" * 100, None)
    assert audio(pairing.frames(frames(0, 1, speech=1), FPS)) == b"b" * 100
    assert audio(pairing.ended(Ended(0, 1, 0.0))) == b"a" * 100


@pytest.mark.parametrize("event", [frames(0, 3), Ended(0, 3, 0.1)])
def test_what_was_cleared_is_forgotten(event: Frames | Ended) -> None:
    pairing = Pairing(3_000, 2)
    pairing.push(0, bytes(100), None)
    pairing.clear()
    found = pairing.frames(event, FPS) if isinstance(event, Frames) else pairing.ended(event)
    assert found == []
