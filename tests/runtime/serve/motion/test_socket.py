"""``/ws/lam_data_stream/{id}``: OpenAvatarChat's messages, decoded here from the facts alone."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from a2e.arrays import Floats
from a2e.audio.resample import Resampler
from a2e.shapes import ARKIT
from tests.runtime.serve.conftest import Served, count, pcm, talking, wait_for

FIELDS = "data_type data_offset shape channel_names sample_rate metadata data_id timeline_axis"
TOP = "data_records metadata events batch_name batch_id start_of_batch end_of_batch"


@dataclass
class Motion:
    """One message as a renderer reads it."""

    json: dict[str, Any]
    audio: np.ndarray
    face: Floats


def read(message: bytes) -> Motion:
    """`JBIN`, u32 JSON size, u32 payload size, JSON, payload; offsets count from the payload."""
    assert message[:4] == b"JBIN"
    json_size, payload_size = struct.unpack("<II", message[4:12])
    assert len(message) == 12 + json_size + payload_size
    description = json.loads(message[12 : 12 + json_size].decode("utf-8"))
    payload = message[12 + json_size :]
    assert list(description) == TOP.split()
    assert list(description["data_records"]) == ["audio", "arkit_face"]
    arrays = []
    end = 0
    for record in description["data_records"].values():
        assert list(record) == [*FIELDS.split(), "channel_axis"]
        assert record["data_offset"] == end, "records lie in a row"
        dtype = np.dtype(record["data_type"]).newbyteorder("<")
        size = int(np.prod(record["shape"])) * dtype.itemsize
        part = payload[record["data_offset"] : record["data_offset"] + size]
        arrays.append(np.frombuffer(part, dtype).reshape(record["shape"]))
        end += size
    assert end == payload_size
    audio, face = arrays
    return Motion(description, audio, face)


def take(renderer: ClientConnection) -> Motion:
    message = renderer.recv(timeout=20)
    assert isinstance(message, bytes)
    return read(message)


def batch(renderer: ClientConnection) -> list[Motion]:
    """The messages of one speech."""
    messages = [take(renderer)]
    assert messages[0].json["start_of_batch"] is True
    while not messages[-1].json["end_of_batch"]:
        messages.append(take(renderer))
        assert messages[-1].json["start_of_batch"] is False
        assert messages[-1].json["batch_name"] == messages[0].json["batch_name"]
    return messages


def test_the_first_message_is_the_definition(served: Served) -> None:
    with connect(served.motion("definition")) as renderer:
        first = take(renderer)
    audio, face = first.json["data_records"].values()
    assert audio == {
        "data_type": "int16",
        "data_offset": 0,
        "shape": [1, 1],
        "channel_names": None,
        "sample_rate": 24_000.0,
        "metadata": {},
        "data_id": 0,
        "timeline_axis": 1,
        "channel_axis": None,
    }
    assert face == {
        "data_type": "float32",
        "data_offset": 2,
        "shape": [1, 52],
        "channel_names": list(ARKIT),
        "sample_rate": 30.0,
        "metadata": {},
        "data_id": 1,
        "timeline_axis": 0,
        "channel_axis": 1,
    }
    rest = {key: value for key, value in first.json.items() if key != "data_records"}
    assert rest == {
        "metadata": {},
        "events": [],
        "batch_name": None,
        "batch_id": None,
        "start_of_batch": None,
        "end_of_batch": False,
    }
    assert not first.audio.any()
    assert not first.face.any()


def test_renderers_get_shapes_and_no_pose(served: Served, bundled, voice) -> None:
    """A head that moves has no place there; the feeder itself has its pose."""
    with (
        connect(served.motion("posed")) as renderer,
        talking(served, motion="posed", head=True) as talk,
    ):
        take(renderer)
        told = talk.say(voice)
        face = np.concatenate([message.face for message in batch(renderer)])
    assert told.shape == (len(face), 55)
    np.testing.assert_allclose(face, told[:, :52], atol=1e-6)


@pytest.mark.parametrize("rate", [16_000, 24_000, 44_100])
def test_audio_and_frames_keep_time(served: Served, bundled, speech_24k, rate: int) -> None:
    """Frame k lies beside the 800 samples at 24 kHz that it shows; nothing is lost or doubled."""
    voice = pcm(speech_24k)[: rate * 2 + 123]
    name = f"time-{rate}"
    with (
        connect(served.motion(name)) as renderer,
        talking(served, rate=rate, motion=name) as talk,
    ):
        take(renderer)
        told = talk.say(voice, [10_001, 30_000])
        messages = batch(renderer)
    for message in messages[:-1]:
        assert message.audio.shape == (1, 800 * len(message.face))
    face = np.concatenate([message.face for message in messages])
    audio = np.concatenate([message.audio[0] for message in messages])
    assert len(face) == count(len(voice), rate)
    np.testing.assert_allclose(face, told, atol=1e-6)
    assert np.array_equal(face, bundled.animate(voice, rate, seed=0).weights)
    resampler = Resampler(rate, 24_000)
    floats = (voice / np.float64(32_768)).astype(np.float32)
    heard = np.concatenate((resampler.push(floats), resampler.finish()))
    expected = (np.clip(heard, -1, 1) * 32_767).astype(np.int16)
    assert np.array_equal(audio, expected)
    assert 800 * (len(face) - 1) < len(audio) <= 800 * len(face)


def test_batches_are_named_and_numbered(served: Served, voice) -> None:
    with (
        connect(served.motion("names")) as renderer,
        talking(served, motion="names") as talk,
    ):
        take(renderer)
        names = []
        for number in range(3):
            talk.say(voice)
            messages = batch(renderer)
            names.append(messages[0].json["batch_name"])
            for message in messages:
                assert message.json["batch_id"] == number
                end = message.json["end_of_batch"]
                assert message.json["metadata"] == {
                    "speech_id": names[-1],
                    "avatar_speech_end": end,
                }
                assert [r["channel_names"] for r in message.json["data_records"].values()] == [
                    [],
                    [],
                ]
        assert len(set(names)) == 3


def test_the_feeder_hears_that_a_speech_was_played(served: Served, voice) -> None:
    with (
        connect(served.motion("played")) as renderer,
        talking(served, motion="played") as talk,
    ):
        take(renderer)
        end_speech = json.dumps({"header": {"name": "EndSpeech"}})
        renderer.send(end_speech)  # nothing was sent to its end yet: nobody is told
        for number in range(2):
            talk.say(voice)
            batch(renderer)
            renderer.send(end_speech)
            renderer.send(end_speech)
            assert talk.take("played")["speech"] == number
        assert not talk.others


def test_other_messages_of_a_renderer_are_let_pass(served: Served, voice) -> None:
    with (
        connect(served.motion("other")) as renderer,
        talking(served, motion="other") as talk,
    ):
        for message in ({"header": {"name": "Other"}}, {"header": 3}, {}, [], 7):
            renderer.send(json.dumps(message))
        take(renderer)
        talk.say(voice)
        batch(renderer)
        renderer.send("{no json")
        with pytest.raises(ConnectionClosed) as closed:
            renderer.recv(timeout=5)
        assert closed.value.rcvd.code == 1003


def test_an_interrupted_speech_ends_for_its_renderers(served: Served, voice) -> None:
    with (
        connect(served.motion("reset")) as renderer,
        talking(served, motion="reset") as talk,
    ):
        take(renderer)
        talk.connection.send(voice.tobytes())
        first = take(renderer)
        talk.send(type="reset")
        talk.until("reset")
        messages = [first]
        while not messages[-1].json["end_of_batch"]:
            messages.append(take(renderer))
        assert messages[-1].face.shape == (0, 52)
        assert messages[-1].audio.shape == (1, 0)
        talk.rows, talk.speech = [], 1
        talk.say(voice)
        assert batch(renderer)[0].json["batch_name"] != first.json["batch_name"]


def test_a_speech_ends_with_its_feeder(served: Served, voice) -> None:
    with connect(served.motion("leaves")) as renderer:
        take(renderer)
        with talking(served, motion="leaves") as talk:
            talk.connection.send(voice.tobytes())
            first = take(renderer)
        messages = [first]
        while not messages[-1].json["end_of_batch"]:
            messages.append(take(renderer))
        assert messages[-1].json["batch_name"] == first.json["batch_name"]


def test_many_renderers_and_late_ones(served: Served, voice) -> None:
    with (
        connect(served.motion("many")) as early,
        talking(served, motion="many") as talk,
    ):
        take(early)
        talk.connection.send(voice.tobytes())
        take(early)
        with connect(served.motion("many")) as late, connect(served.motion("else")) as other:
            take(late)
            take(other)
            talk.connection.send(voice.tobytes())
            talk.finish()
            while not take(early).json["end_of_batch"]:
                pass
            assert batch(late)
            with pytest.raises(TimeoutError):
                other.recv(timeout=0.1)


def test_one_feeder_for_each_stream(served: Served, voice) -> None:
    with (
        talking(served, motion="mine"),
        pytest.raises(AssertionError, match="another client feeds"),
        talking(served, motion="mine"),
    ):
        pass
    wait_for(lambda: not served.service.hub.is_fed("mine"))
    with talking(served, motion="mine") as talk:
        talk.say(voice)
