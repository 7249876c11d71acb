"""The client's protocol: what is kept, what is said again, what is passed over."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from a2e.binary_frames import BinaryFrames, pack_frames, unpack_frames
from a2e.client import Ended, Frames
from a2e.client.protocol import CONTEXT_SECONDS, ClientProtocol
from a2e.errors import ServiceError

SECOND = 100
"""Bytes of a second of audio."""
READY = {
    "type": "ready",
    "names": ["jawOpen", "mouthClose"],
    "fps": 30,
    "latency": 0.2,
    "styles": ["neutral"],
    "moods": ["joy"],
    "speech": 0,
}


def opened() -> ClientProtocol:
    protocol = ClientProtocol({"rate": 50}, SECOND)
    assert json.loads(protocol.begin()) == {"type": "start", "rate": 50, "output": "binary"}
    protocol.receive(json.dumps(READY))
    assert protocol.repeat() == []
    return protocol


def again(protocol: ClientProtocol) -> list[object]:
    """What a new connection hears after its ``start``."""
    protocol.begin()
    protocol.receive(json.dumps(READY))
    return [m if isinstance(m, bytes) else json.loads(m)["type"] for m in protocol.repeat()]


def frames(speech: int, first: int, count: int) -> bytes:
    numbers = np.arange(first, first + count, dtype=np.float32)
    return pack_frames(BinaryFrames(speech, first, np.stack([numbers, numbers], 1)))


def ended(speech: int, count: int) -> str:
    return json.dumps({"type": "end", "speech": speech, "frames": count, "seconds": count / 30})


def test_frames_and_ends_are_events() -> None:
    protocol = opened()
    protocol.push(b"x" * SECOND)
    assert protocol.end() == ['{"type": "end"}']
    event = protocol.receive(frames(0, 0, 3))
    assert isinstance(event, Frames)
    assert (event.speech, event.first, event.time, event.weights.shape) == (0, 0, 0.0, (3, 2))
    assert protocol.receive(ended(0, 30)) == Ended(0, 30, 1.0)
    assert again(protocol) == []


def test_what_was_not_answered_is_said_again() -> None:
    protocol = opened()
    protocol.push(b"a" * 10)
    protocol.end()
    protocol.push(b"b" * 10)
    protocol.change({"mood": {"joy": 1}})
    assert again(protocol) == ["controls", b"a" * 10, "end", b"b" * 10]


def test_frames_that_came_before_the_break_do_not_come_again() -> None:
    protocol = opened()
    protocol.push(b"a" * SECOND)
    protocol.receive(frames(0, 0, 10))
    again(protocol)
    assert protocol.receive(frames(0, 0, 6)) is None
    event = protocol.receive(frames(0, 6, 6))
    assert isinstance(event, Frames)
    assert event.first == 10
    assert event.weights[:, 0].tolist() == [10, 11]


def test_a_long_speech_is_said_again_from_a_little_before_the_break() -> None:
    protocol = opened()
    for second in range(10):
        protocol.push(bytes([second]) * SECOND)
        protocol.receive(frames(0, 30 * second, 30))
    first = 10 - CONTEXT_SECONDS
    assert again(protocol) == [b"".join(bytes([second]) * SECOND for second in range(first, 10))]
    assert protocol.receive(frames(0, 0, 30 * CONTEXT_SECONDS)) is None
    event = protocol.receive(frames(0, 30 * CONTEXT_SECONDS, 2))
    assert isinstance(event, Frames)
    assert (event.speech, event.first) == (0, 300)
    protocol.end()
    assert protocol.receive(ended(0, 30 * CONTEXT_SECONDS + 2)) == Ended(
        0, 302, pytest.approx(302 / 30)
    )


def test_speeches_keep_their_numbers_over_connections() -> None:
    protocol = opened()
    for _ in range(3):
        protocol.push(b"a")
        protocol.end()
    protocol.receive(ended(0, 1))
    again(protocol)
    event = protocol.receive(frames(0, 0, 1))
    assert isinstance(event, Frames)
    assert event.speech == 1
    assert protocol.receive(ended(1, 1)) is not None
    assert protocol.number == 3


def test_an_interruption_forgets() -> None:
    protocol = opened()
    protocol.push(b"a" * 10)
    early = protocol.receive(frames(0, 0, 2))
    messages, event = protocol.interrupt()
    assert messages == ['{"type": "reset"}']
    assert event.speech == protocol.number == 1
    assert early is not None
    assert not protocol.wants(early)
    assert protocol.receive(frames(0, 2, 2)) is None
    assert again(protocol) == []
    protocol.push(b"b")
    assert protocol.receive(frames(0, 0, 1)) is not None  # the new connection's first speech


def test_a_speech_that_the_service_cut_short_goes_on() -> None:
    protocol = opened()
    protocol.push(b"a" * 10)
    assert protocol.receive(ended(0, 3)) is None
    assert again(protocol) == [b"a" * 10]


def test_an_error_is_raised_with_its_code() -> None:
    with pytest.raises(ServiceError, match="too many") as caught:
        opened().receive('{"type": "error", "code": "too_many_streams", "message": "too many"}')
    assert caught.value.code == "too_many_streams"


@pytest.mark.parametrize("message", ["", "[]", '{"type": "end"}', b"", b"RIFF" * 8, "{}"])
def test_another_service_is_told_apart(message: str | bytes) -> None:
    with pytest.raises(ServiceError, match="right address"):
        opened().receive(message)


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(1, 60))
def test_binary_frames_go_there_and_back(speech: int, first: int, count: int, names: int) -> None:
    weights = np.random.default_rng(count).random((count, names), np.float32)
    found = unpack_frames(pack_frames(BinaryFrames(speech, first, weights)))
    assert (found.speech, found.first) == (speech, first)
    assert np.array_equal(found.weights, weights)
