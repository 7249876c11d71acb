"""OpenAvatarChat's packets: audio beside its frames, at any frame rate; no socket, no loop."""

from __future__ import annotations

import json

import numpy as np
import pytest

from a2e.serve.motion.protocol import RATE, Encoder, Packet, Track, is_played
from a2e.serve.refusals import RefusalError
from tests.runtime.serve.motion.test_socket import read

NAMES = [f"shape{i}" for i in range(52)]


def frames(count: int) -> np.ndarray:
    return np.zeros((count, 52), np.float32)


def ramp(count: int) -> np.ndarray:
    return (np.arange(count) % 1_000 / 1_000).astype(np.float32)


@pytest.mark.parametrize("fps", [25, 30, 60, 7])
def test_each_frame_lies_beside_its_own_samples(fps: int) -> None:
    samples = ramp(RATE)
    track = Track(RATE, fps)
    packets = [track.push(0, samples, frames(0))]
    assert packets == [None]
    given = [track.push(0, samples[:0], frames(count)) for count in (3, 1, 2)]
    edges = np.array([0, 3, 4, 6]) * RATE // fps
    assert [len(packet.audio) for packet in given] == np.diff(edges).tolist()
    last = track.finish(0, frames(fps - 6))
    assert last.end
    audio = np.concatenate([packet.audio for packet in (*given, last)])
    assert np.array_equal(audio, (samples * 32_767).astype(np.int16))


def test_speeches_have_ids_of_their_own() -> None:
    track = Track(RATE, 30)
    assert track.reset() is None
    track.push(0, ramp(800), frames(1))
    end = track.reset()
    assert end.end
    assert not len(end.audio)
    assert not len(end.frames)
    assert track.cut_short() is None
    assert track.finish(1, frames(0)).speech != end.speech


def test_batches() -> None:
    encoder = Encoder(NAMES, 25)
    assert read(encoder.definition()).json["data_records"]["arkit_face"]["sample_rate"] == 25
    silence = np.zeros(960, np.int16)
    messages = [
        read(encoder.encode(Packet(speech, 0, silence, frames(1), end=end)))
        for speech, end in (("a", False), ("a", True), ("b", True))
    ]
    heads = [
        [m.json[key] for key in ("batch_name", "batch_id", "start_of_batch", "end_of_batch")]
        for m in messages
    ]
    assert heads == [["a", 0, True, False], ["a", 0, False, True], ["b", 1, True, True]]


def test_messages_of_renderers() -> None:
    assert is_played(json.dumps({"header": {"name": "EndSpeech"}}))
    for other in ({"header": {"name": "Other"}}, {"header": 3}, {}, [], 7, {"header": "name"}):
        assert not is_played(json.dumps(other))
    for wrong in (b"\0", "{no json"):
        with pytest.raises(RefusalError):
            is_played(wrong)
