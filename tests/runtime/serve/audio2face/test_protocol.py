"""The order of a call's messages, and what waits."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from a2e.serve.audio2face.protocol import Audio2FaceProtocol, Begin, Finish, Piece
from a2e.serve.refusals import RefusalError
from tests.runtime.serve.audio2face.messages import end, header, sound


def taken(*messages: bytes, seconds: float = 60) -> Audio2FaceProtocol:
    protocol = Audio2FaceProtocol(seconds)
    for message in messages:
        protocol.receive(message, 0.0)
    return protocol


def requests(protocol: Audio2FaceProtocol, samples: int = 1_000) -> list[object]:
    found = []
    while protocol.requests:
        found.append(protocol.next_request(samples))
    return found


@pytest.mark.parametrize(
    ("messages", "told"),
    [
        ([sound(b"ab")], "a header first"),
        ([end()], "a header first"),
        ([header(), header()], "one header"),
        ([header(), end()], "expected audio"),
        ([header(), sound(b"ab"), end(), sound(b"ab")], "nothing after the end"),
        ([header(), sound(b"ab"), end(), end()], "nothing after the end"),
        ([header(), sound(b"ab"), end(), header()], "nothing after the end"),
    ],
)
def test_a_wrong_order_is_refused(messages: list[bytes], told: str) -> None:
    with pytest.raises(RefusalError, match=told) as caught:
        taken(*messages)
    assert caught.value.code == "bad_request"


def test_a_client_that_stops_sending_has_ended_its_clip() -> None:
    protocol = taken(header(), sound(b"abcd"))
    protocol.end()
    assert isinstance(requests(protocol)[-1], Finish)
    protocol.end()
    assert protocol.requests == 0


@pytest.mark.parametrize("messages", [[], [header()]])
def test_a_client_that_stops_too_soon_is_refused(messages: list[bytes]) -> None:
    with pytest.raises(RefusalError, match="expected"):
        taken(*messages).end()


def test_a_clip_that_is_too_long_is_refused() -> None:
    with pytest.raises(RefusalError, match="at most 1 s") as caught:
        taken(header(8_000), sound(bytes(16_000)), sound(bytes(2)), seconds=1)
    assert caught.value.code == "too_big"


@given(st.lists(st.integers(0, 40), max_size=12), st.integers(1, 50))
def test_samples_come_out_whole_whatever_the_cutting(cuts: list[int], samples: int) -> None:
    data = np.arange(20, dtype="<i2").tobytes()
    edges = [0, *sorted(cuts), len(data)]
    pieces = [data[a:b] for a, b in pairwise(edges)]
    protocol = taken(header(8_000), *map(sound, pieces), end())
    assert protocol.queue_seconds == pytest.approx(20 / 8_000)
    found = requests(protocol, samples)
    assert isinstance(found[0], Begin)
    assert isinstance(found[-1], Finish)
    audio = [piece.samples for piece in found if isinstance(piece, Piece)]
    assert all(len(part) <= samples for part in audio)
    assert np.array_equal(np.concatenate(audio)[:, 0], np.arange(20))
    assert protocol.queue_seconds == pytest.approx(0)


def test_emotions_come_before_their_messages_audio_and_once() -> None:
    protocol = taken(header(8_000), sound(bytes(6_000), [(0.5, {"joy": 1.0})]), end())
    pieces = [request for request in requests(protocol) if isinstance(request, Piece)]
    assert [len(piece.emotions) for piece in pieces] == [1, 0, 0]


def test_half_a_sample_is_told_at_the_end() -> None:
    assert requests(taken(header(), sound(b"abc"), end()))[-1] == Finish(1)


def test_a_clip_that_is_cut_takes_no_more() -> None:
    protocol = taken(header(), sound(b"abcd"))
    protocol.cut()
    protocol.receive(sound(b"abcd"), 0.0)
    protocol.end()
    assert protocol.is_cut
    assert len(requests(protocol)) == 3


def test_a_whole_clip_is_not_cut() -> None:
    protocol = taken(header(), sound(b"abcd"), end())
    protocol.cut()
    assert not protocol.is_cut
