"""The service's outputs: chosen by name, frames bit for bit, and no voice held up."""

from __future__ import annotations

import json

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

import a2e
from a2e.errors import OptionError
from a2e.serve import Settings
from tests.runtime.outputs.readers import address, arkit, read_livelink, receiver
from tests.runtime.serve.conftest import serving, talking, wait_for

START = {"rate": 24_000, "seed": 0}


@pytest.fixture(scope="module")
def stage():  # type: ignore[no-untyped-def]
    """A service with two outputs, and the socket of one."""
    with receiver() as found:
        silent = "silent=osc://127.0.0.1:9"
        with serving(outputs=(f"stage={address('livelink', found)}", silent)) as served:
            yield served, found


def refusal(served, **start: object) -> tuple[str, str]:
    """Code and message of a start that is refused."""
    with connect(served.live) as connection:
        connection.send(json.dumps({"type": "start", **START, **start}))
        message = json.loads(connection.recv(timeout=10))
        assert message["type"] == "error"
        with pytest.raises(ConnectionClosed):
            connection.recv(timeout=10)
        return message["code"], message["message"]


def test_a_voice_goes_to_the_outputs_that_it_names(stage, bundled: a2e.Model, voice) -> None:
    served, found = stage
    expected = bundled.animate(voice, 24_000, seed=0)
    with talking(served, outputs=["stage", "silent"]) as talk:
        frames = talk.say(voice)
        np.testing.assert_allclose(frames, expected.weights, atol=1e-6)
        packets = [read_livelink(found.recv(65_536)) for _ in frames]
    assert np.array_equal([arkit(p, list(expected.names)) for p in packets], expected.weights)
    assert np.all(np.diff([packet.frame for packet in packets]) == 1)


def test_a_speech_that_has_ended_goes_on_when_its_client_leaves(stage, voice) -> None:
    served, found = stage
    with talking(served, outputs=["stage"]) as talk:
        frames = talk.say(voice)
    assert len([found.recv(65_536) for _ in frames]) == len(frames)


def test_a_reset_cuts_the_face_short(stage, voice) -> None:
    served, found = stage
    with talking(served, outputs=["stage"]) as talk:
        talk.connection.send(voice.tobytes())
        found.recv(65_536)
        talk.send(type="reset")
        talk.until("reset")
        values = [1.0]
        while values[-1]:
            packet = read_livelink(found.recv(65_536))
            values.append(max(abs(float(value)) for value in packet.values.values()))
        assert len(values) < len(voice) * 30 // 24_000
        talk.speech, talk.rows = 1, []
        assert len(talk.say(voice)) == len([found.recv(65_536) for _ in range(63)])


def test_names_alone_are_taken_and_each_by_one_voice(stage) -> None:
    served, _ = stage
    code, message = refusal(served, outputs=["livelink://127.0.0.1:11111"])
    assert code == "bad_request"
    assert "expected outputs of this service (stage, silent)" in message
    code, message = refusal(served, outputs="stage")
    assert code == "bad_request"
    code, message = refusal(served, outputs=["stage"], shapes="oculus")
    assert (code, "Live Link holds ARKit's" in message) == ("bad_request", True)
    assert "127.0.0.1" not in message
    with talking(served, outputs=["stage"]):
        code, message = refusal(served, outputs=["silent", "stage"])
        assert (code, "stage" in message) == ("taken", True)
        with talking(served, outputs=["silent"]):
            pass
    wait_for(lambda: served.metric("a2e_streams") == 0)
    with talking(served, outputs=["stage"]):
        pass


def test_without_outputs_there_is_none(served) -> None:
    code, message = refusal(served, outputs=["stage"])
    assert code == "bad_request"
    assert "none; the service is started with --to" in message


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        (("livelink://h",), "NAME=ADDRESS"),
        (("a=http://h",), "expected an output such as"),
        (("a=vmc://h b=vmc://h", "a=vmc://i"), "a name of its own"),
    ],
)
def test_settings_that_cant_be(outputs: tuple[str, ...], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        Settings(outputs=outputs)


def test_several_outputs_may_stand_in_one_text() -> None:
    assert Settings(outputs=("a=vmc://h,b=vmc://h",)).outputs == ("a=vmc://h", "b=vmc://h")
