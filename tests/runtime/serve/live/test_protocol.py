"""The protocol of ``/ws/a2e``: messages in, requests out, replies in order; no socket, no loop."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from a2e.formats.messages import frames_json
from a2e.serve import Settings
from a2e.serve.access import Access
from a2e.serve.live.protocol import LiveProtocol
from a2e.serve.live.replies import Reply, frames_binary
from a2e.serve.live.requests import Audio, Begin, Drop, Finish, Request, Warn
from a2e.serve.refusals import RefusalError

OPEN = Access(Settings())
LOCKED = Access(Settings(api_key="sesame"))
HOP = 2_400


def text(kind: str, **fields: object) -> str:
    return json.dumps({"type": kind} | fields)


START = text("start", rate=24_000)


def begun(**start: object) -> LiveProtocol:
    """A protocol whose ``Begin`` has been taken."""
    protocol = LiveProtocol(OPEN)
    protocol.receive(text("start", **{"rate": 24_000} | start), 0)
    assert isinstance(protocol.next_request(1), Begin)
    return protocol


def drain(protocol: LiveProtocol) -> list[Request]:
    return [protocol.next_request(HOP) for _ in iter(lambda: protocol.requests, 0)]


class TestHandshake:
    def test_start_begins(self) -> None:
        protocol = LiveProtocol(OPEN)
        assert protocol.is_authorized
        assert not protocol.has_begun
        protocol.receive(START, 0)
        assert protocol.has_begun
        request = protocol.next_request(1)
        assert isinstance(request, Begin)
        assert (request.speech, request.start.rate) == (0, 24_000)

    def test_a_key_may_come_in_auth(self) -> None:
        protocol = LiveProtocol(LOCKED)
        assert not protocol.is_authorized
        protocol.receive(text("auth", key="sesame"), 0)
        assert protocol.is_authorized
        protocol.receive(START, 0)
        assert protocol.has_begun

    @pytest.mark.parametrize(
        ("access", "messages", "code"),
        [
            (OPEN, [b"\0\0"], "bad_request"),
            (OPEN, [text("end")], "bad_request"),
            (OPEN, [text("auth", key=""), text("auth", key="")], "bad_request"),
            (OPEN, ["{no json"], "bad_request"),
            (OPEN, ["x" * 70_000], "too_big"),
            (LOCKED, [START], "bad_key"),
            (LOCKED, [text("auth", key="guess")], "bad_key"),
        ],
    )
    def test_refusals(self, access: Access, messages: list, code: str) -> None:
        protocol = LiveProtocol(access)
        with pytest.raises(RefusalError) as refusal:
            for message in messages:
                protocol.receive(message, 0)
        assert refusal.value.code == code

    def test_a_wrong_key_in_the_headers(self) -> None:
        with pytest.raises(RefusalError, match="API key"):
            LiveProtocol(LOCKED, "guess")
        assert LiveProtocol(LOCKED, "sesame").is_authorized


class TestAudio:
    @given(
        cuts=st.lists(st.integers(0, 40_000), max_size=20),
        length=st.integers(1, 10_000),
        channels=st.integers(1, 3),
    )
    def test_any_cutting_gives_hops_of_the_same_samples(self, cuts, length, channels) -> None:
        samples = np.arange(length * channels, dtype=np.int16).reshape(-1, channels)
        data = samples.tobytes()
        protocol = begun(channels=channels)
        edges = sorted({0, len(data), *(cut % len(data) for cut in cuts)})
        for start, end in pairwise(edges):
            protocol.receive(data[start:end], now=end)
        assert protocol.queue_seconds == pytest.approx(length / 24_000)
        hops = drain(protocol)
        assert [len(hop.samples) for hop in hops[:-1]] == [HOP] * (len(hops) - 1)
        assert np.array_equal(np.concatenate([hop.samples for hop in hops]), samples)
        assert hops[-1].arrival == len(data)
        assert protocol.queue_seconds == 0

    def test_floats(self) -> None:
        protocol = begun(sample_format="float32")
        protocol.receive(np.array([0.5, -0.5], "<f4").tobytes(), 0)
        audio = protocol.next_request(HOP)
        assert audio.samples.dtype == np.float32
        assert audio.samples.tolist() == [[0.5], [-0.5]]

    def test_half_a_sample_is_no_speech(self) -> None:
        protocol = begun()
        protocol.receive(b"\0", 0)
        assert not protocol.is_speaking
        assert not protocol.requests
        protocol.receive(b"\0", 0)
        assert protocol.is_speaking

    def test_a_sample_cut_by_an_end_is_dropped(self) -> None:
        protocol = begun()
        protocol.receive(b"\1\0\7", 0)
        protocol.receive(text("end"), 0)
        protocol.receive(b"\2\0", 0)
        requests = drain(protocol)
        assert [type(request) for request in requests] == [Audio, Warn, Finish, Audio]
        assert requests[3].samples.tolist() == [[2]]


class TestSpeeches:
    def test_are_numbered_and_never_joined(self) -> None:
        protocol = begun()
        for _ in range(3):
            protocol.receive(bytes(200), 0)
            protocol.receive(text("end"), 0)
        speeches = [(type(request), request.speech) for request in drain(protocol)]
        assert speeches == [(kind, n) for n in range(3) for kind in (Audio, Finish)]

    def test_reset_drops_both_directions(self) -> None:
        protocol = begun()
        protocol.receive(bytes(200), 0)
        protocol.reply(Reply("old", 0, 3))
        protocol.reply(Reply("played"))
        protocol.receive(text("reset"), 0)
        assert drain(protocol) == [Drop(1)]
        assert not protocol.is_speaking
        assert protocol.unsent_frames == protocol.queue_seconds == 0
        assert not protocol.reply(Reply("late", 0, 3))
        assert protocol.reply(Reply("new", 1, 2))
        assert [protocol.next_reply().content for _ in range(protocol.replies)] == ["played", "new"]

    def test_reset_keeps_a_begin(self) -> None:
        protocol = LiveProtocol(OPEN)
        protocol.receive(START, 0)
        protocol.receive(text("reset"), 0)
        assert [type(request) for request in drain(protocol)] == [Begin, Drop]

    def test_start_only_between_speeches(self) -> None:
        protocol = begun()
        protocol.receive(bytes(2), 0)
        with pytest.raises(RefusalError, match="before another start"):
            protocol.receive(START, 0)
        protocol.receive(text("end"), 0)
        protocol.receive(START, 0)
        assert [type(request) for request in drain(protocol)] == [Audio, Finish, Begin]

    def test_close_ends_the_speech_and_all_that_follows(self) -> None:
        protocol = begun()
        protocol.receive(bytes(2), 0)
        protocol.close()
        for message in (bytes(2), "{no json", START):
            protocol.receive(message, 0)
        assert [type(request) for request in drain(protocol)] == [Audio, Finish]

    def test_close_between_speeches(self) -> None:
        protocol = begun()
        protocol.close()
        assert not protocol.requests


def test_controls_add_up_until_they_are_taken() -> None:
    protocol = begun()
    protocol.receive(text("controls", gain={"jawOpen": 2}, mute=["tongueOut"]), 0)
    protocol.receive(text("controls", gain={"jawOpen": 1}, style="wide"), 0)
    change = protocol.take_change()
    assert change is not None
    assert (change.gain, change.mute, change.style) == ({"jawOpen": 1}, ["tongueOut"], "wide")
    assert protocol.take_change() is None


@pytest.mark.parametrize(
    "message",
    [
        text("dance"),
        text("start", rate="fast"),
        text("start", rate=24_000, volume=1),
        text("controls", gain=3),
        "[]",
    ],
)
def test_messages_that_cannot_be(message: str) -> None:
    with pytest.raises(RefusalError) as refusal:
        begun().receive(message, 0)
    assert refusal.value.code == "bad_request"


def test_replies_count_their_frames() -> None:
    protocol = begun()
    for frames in (3, 0, 6):
        protocol.reply(Reply("", 0, frames))
    assert (protocol.replies, protocol.unsent_frames) == (3, 9)
    protocol.next_reply()
    assert (protocol.replies, protocol.unsent_frames) == (2, 6)


def test_frames_as_text_and_as_bytes() -> None:
    frames = np.array([[0.25, 1], [0, 0.5]], np.float32)
    message = json.loads(frames_json(2, 15, frames, 30))
    assert message == {
        "type": "frames",
        "speech": 2,
        "first": 15,
        "time": 0.5,
        "weights": frames.tolist(),
    }
    data = frames_binary(2, 15, frames, 30)
    assert data[:4] == b"A2EF"
    assert np.frombuffer(data, "<u4", 3, 4).tolist() == [2, 15, 2]
    assert np.array_equal(np.frombuffer(data, "<f4", offset=16).reshape(2, 2), frames)
