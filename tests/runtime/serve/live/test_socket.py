"""``/ws/a2e``: frames are those of the library, whatever the cutting and whoever else speaks."""

from __future__ import annotations

import io
import json
import struct
import threading

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

import a2e
from a2e.arrays import Floats
from a2e.audio.pcm import decode_pcm
from a2e.post import MOODS
from tests.runtime.serve.conftest import Served, Talk, count, serving, talking, wait_for

TEXT = 1e-6
"""Weights in JSON have six decimals."""


def read_binary(message: bytes) -> tuple[int, int, Floats]:
    """Speech, first frame and frames [n, 52], decoded from the documentation."""
    magic, speech, first, number = struct.unpack_from("<4sIII", message)
    assert magic == b"A2EF"
    frames = np.frombuffer(message, "<f4", offset=16).reshape(-1, 52)
    assert len(frames) == number
    return speech, first, frames


def test_ready_says_what_will_come(served: Served, bundled) -> None:
    with talking(served) as talk:
        stream = bundled.stream(24_000)
        assert talk.ready["names"] == list(bundled.names)
        assert talk.ready["latency"] == pytest.approx(stream.latency, abs=1e-3)
        facts = {key: talk.ready[key] for key in ("fps", "hop", "rate", "speech", "protocol")}
        assert facts == {"fps": 30, "hop": 3, "rate": 24_000, "speech": 0, "protocol": 1}
        assert talk.ready["styles"] == ["neutral", "wide", "subtle"]


def test_low_latency_holds_no_frames_back(served: Served, bundled) -> None:
    stream = bundled.stream(24_000, post=a2e.Live(low_latency=True))
    with talking(served, low_latency=True) as talk:
        assert talk.ready["latency"] == pytest.approx(stream.latency, abs=1e-3)


@settings(max_examples=15, deadline=None)
@given(
    cuts=st.lists(st.integers(0, 2**31), max_size=40),
    length=st.integers(1, 40_000),
    rate=st.sampled_from([8_000, 16_000, 24_000, 44_100]),
    seed=st.integers(0, 99),
)
def test_any_cutting_gives_the_librarys_frames(
    served: Served, bundled, voice, cuts, length, rate, seed
) -> None:
    """Cuts may lie inside a sample."""
    samples = voice[:length]
    expected = bundled.animate(samples, rate, seed=seed).weights
    with talking(served, rate=rate, seed=seed) as talk:
        found = talk.say(samples, cuts)
    assert len(found) == count(length, rate)
    np.testing.assert_allclose(found, expected, atol=TEXT)


@pytest.mark.parametrize("post", ["live", "upstream", "raw"])
def test_binary_frames_are_bit_equal(served: Served, bundled, voice, post: str) -> None:
    start = {"type": "start", "rate": 24_000, "output": "binary", "seed": 3, "post": post}
    profile = {"live": a2e.Live(), "upstream": a2e.Upstream(), "raw": None}[post]
    found = []
    with connect(served.live) as connection:
        connection.send(json.dumps(start))
        for part in np.array_split(voice, 11):
            connection.send(part.tobytes())
        connection.send('{"type": "end"}')
        for message in connection:
            if isinstance(message, bytes):
                speech, first, frames = read_binary(message)
                assert (speech, first) == (0, sum(map(len, found)))
                found.append(frames)
            elif json.loads(message)["type"] == "end":
                break
    expected = bundled.animate(voice, 24_000, seed=3, post=profile).weights
    assert np.array_equal(np.concatenate(found), expected)


def test_floats_and_channels(served: Served, bundled, speech_24k) -> None:
    stereo = np.repeat(speech_24k[:30_000, None], 2, axis=1).astype(np.float32)
    with talking(served, sample_format="float32", channels=2) as talk:
        found = talk.say(stereo, [1, 5, 1_003])
    np.testing.assert_allclose(found, bundled.animate(stereo, 24_000, seed=0).weights, atol=TEXT)


def test_one_speech_after_another(served: Served, bundled, voice) -> None:
    """Each begins afresh, counts its frames from 0, and only chance goes on."""
    calm = {"mute": ["eyeBlinkLeft", "eyeBlinkRight"]}
    controls = a2e.Controls(mute=calm["mute"])
    post = a2e.Live(gaze=False)
    expected = bundled.animate(voice, 24_000, controls=controls, post=post).weights
    with talking(served, gaze=False, **calm) as talk:
        for _ in range(3):
            np.testing.assert_allclose(talk.say(voice, [999]), expected, atol=TEXT)
        assert len(talk.finish()) == 0


def test_a_speech_may_change_everything(served: Served, bundled, voice) -> None:
    with talking(served) as talk:
        talk.say(voice)
        talk.send(type="start", rate=16_000, seed=5, style="wide", post="raw")
        assert talk.take("ready")["speech"] == talk.speech == 1
        found = talk.say(voice)
    expected = bundled.animate(voice, 16_000, seed=5, style="wide", post=None).weights
    np.testing.assert_allclose(found, expected, atol=TEXT)


def test_style_and_controls(served: Served, bundled, voice) -> None:
    asked = {"style": {"0": 0.25, "wide": 0.75}, "gain": {"jawOpen": 1.8}, "mute": ["tongueOut"]}
    asked |= {"offset": {"mouthSmileLeft": 0.1}, "clamp": {"jawOpen": [0, 0.5]}}
    controls = a2e.Controls(
        gain={"jawOpen": 1.8},
        offset={"mouthSmileLeft": 0.1},
        clamp={"jawOpen": (0, 0.5)},
        mute=["tongueOut"],
    )
    style = {0: 0.25, "wide": 0.75}
    expected = bundled.animate(voice, 24_000, style=style, controls=controls, seed=0).weights
    with talking(served, **asked) as talk:
        np.testing.assert_allclose(talk.say(voice), expected, atol=TEXT)


def test_a_head_that_moves_and_a_mood(served: Served, bundled, voice) -> None:
    controls = a2e.Controls(mood={"joy": 0.5, "fear": 0.2})
    post = a2e.Live(gaze=False, head=True)
    clip = bundled.animate(voice, 24_000, controls=controls, post=post, seed=0)
    with talking(served, head=True, gaze=False, mood=dict(controls.mood)) as talk:
        assert talk.ready["names"] == list(clip.names)
        assert talk.ready["names"][52:] == ["headYaw", "headPitch", "headRoll"]
        assert talk.ready["moods"] == list(MOODS)
        np.testing.assert_allclose(talk.say(voice, [777]), clip.weights, atol=TEXT)


def test_rates_knobs_and_visemes(served: Served, bundled, voice) -> None:
    knobs = {"fps": 59.94, "delay": -30, "smooth": {"jaw": 20}, "shapes": "oculus"}
    asked = {"strength": 1.4, "regions": {"lips": 0.8}}
    options = {**knobs, "controls": a2e.Controls(**asked)}
    with talking(served, seed=1, **knobs, **asked) as talk:
        stream = bundled.stream(24_000, **options)
        assert talk.ready["names"] == list(stream.names)
        assert talk.ready["fps"] == pytest.approx(59.94006)
        assert talk.ready["fps_exact"] == [60_000, 1001]
        assert talk.ready["latency"] == pytest.approx(stream.latency, abs=1e-3)
        found = talk.say(voice, [10, 5_000, 20_001])
    expected = bundled.animate(voice, 24_000, seed=1, **options).weights
    np.testing.assert_allclose(found, expected, atol=TEXT)


def test_motion_streams_have_the_models_own_frames(served: Served) -> None:
    for fields in ({"fps": 60}, {"shapes": "vrm"}):
        with connect(served.live) as socket:
            start = {"type": "start", "rate": 24_000, "motion": "other-rate", **fields}
            socket.send(json.dumps(start))
            error = json.loads(socket.recv())
            assert error["type"] == "error"
            assert "leave fps and shapes out, or motion" in error["message"]


def test_controls_change_a_running_stream(served: Served, bundled, voice) -> None:
    jaw = bundled.names.index("jawOpen")
    plain = bundled.animate(voice, 24_000, seed=0).weights
    with talking(served) as talk:
        half = len(voice) // 2
        talk.connection.send(voice[:half].tobytes())
        wait_for(lambda: served.metric("a2e_queue_seconds") == 0)
        while len(talk.rows) < 20:
            talk._count(json.loads(talk.connection.recv()))
        before = len(talk.rows)
        talk.send(type="controls", mute=["jawOpen"])
        talk.connection.send(voice[half:].tobytes())
        found = talk.finish()
    np.testing.assert_allclose(found[:before], plain[:before], atol=TEXT)
    assert np.all(found[before + 6 :, jaw] == 0)
    others = [i for i in range(52) if i != jaw]
    np.testing.assert_allclose(found[:, others], plain[:, others], atol=TEXT)


def test_reset_drops_and_answers(served: Served, bundled, voice) -> None:
    expected = bundled.animate(voice, 24_000, post=None).weights
    with talking(served, post="raw") as talk:
        for _ in range(20):
            talk.connection.send(voice.tobytes())
        talk.send(type="reset")
        answer = talk.until("reset")
        assert answer["speech"] == 1
        assert len(talk.rows) < 20 * len(expected)
        talk.rows, talk.speech = [], 1
        np.testing.assert_allclose(talk.say(voice), expected, atol=TEXT)


def test_reset_after_an_unanswered_end_counts_both(served: Served, voice) -> None:
    with talking(served) as talk:
        for _ in range(10):
            talk.connection.send(voice.tobytes())
        talk.send(type="end")
        talk.send(type="reset")
        assert talk.until("reset")["speech"] == 2
        talk.rows, talk.speech = [], 2
        assert len(talk.say(voice)) == count(len(voice), 24_000)


def test_streams_do_not_disturb_each_other(bundled, voice) -> None:
    alone = [bundled.animate(voice[i * 999 :], 24_000, style=i % 3, seed=i) for i in range(6)]
    found: dict[int, Floats] = {}

    def speak(served: Served, i: int) -> None:
        with talking(served, style=i % 3, seed=i) as talk:
            found[i] = talk.say(voice[i * 999 :], [7_001 * i, 30_000, 60_001])

    with serving(threads=2) as served:
        threads = [threading.Thread(target=speak, args=(served, i)) for i in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for i in range(6):
        np.testing.assert_allclose(found[i], alone[i].weights, atol=TEXT)


def test_frames_come_while_the_voice_goes_on(served: Served, voice) -> None:
    with talking(served) as talk:
        talk.connection.send(voice[: 24_000 // 2].tobytes())
        talk._count(json.loads(talk.connection.recv(timeout=2)))
        assert talk.rows


def test_stats_come_while_audio_flows(served: Served, voice) -> None:
    with connect(served.live, max_size=None) as connection:
        talk = Talk(connection, {"rate": 24_000})
        for _ in range(12):
            connection.send(voice[:2_400].tobytes())
            threading.Event().wait(0.1)
        stats = talk.until("stats")
    assert 0 < stats["rtf"] < 1
    assert stats["hop_ms"] == pytest.approx(stats["rtf"] * 100, abs=0.01)
    assert 0 <= stats["queue"] < 1


def test_metrics_count(bundled, voice) -> None:
    with serving() as served:
        assert served.metric("a2e_model_ready") == 1
        with talking(served) as talk:
            assert served.metric("a2e_streams") == 1
            talk.say(voice)
        wait_for(lambda: served.metric("a2e_streams") == 0)
        assert served.metric("a2e_frames_total") == count(len(voice), 24_000)
        hops = served.metric("a2e_hops_total")
        assert hops == served.metric("a2e_hop_seconds_count") > 20
        assert served.metric("a2e_audio_seconds_total") == pytest.approx(len(voice) / 24_000)
        assert served.metric("a2e_latency_seconds_count") > 10
        assert 0 < served.metric("a2e_real_time_factor") < 1


def file_of(samples: np.ndarray, rate: int, format: str) -> bytes:
    data = io.BytesIO()
    soundfile.write(data, samples, rate, format=format)
    return data.getvalue()


@pytest.mark.parametrize("cuts", [[], [1], [3, 20, 43], [44], list(range(60))])
def test_a_header_is_left_out_with_a_warning(served: Served, bundled, voice, cuts) -> None:
    """The frames are those of the samples, and the warning comes before them, after ``ready``."""
    expected = bundled.animate(voice, 24_000, seed=0).weights
    with talking(served) as talk:
        data = np.frombuffer(file_of(voice, 24_000, "WAV"), np.uint8)
        found = talk.say(data, cuts)
        assert [(other["type"], other["code"]) for other in talk.others] == [
            ("warning", "format_mismatch")
        ]
        assert "s16le at 24000 Hz, 1 channel(s)), which is left out" in talk.others[0]["message"]
    np.testing.assert_allclose(found, expected, atol=TEXT)


def test_warnings_name_what_is_no_samples(served: Served, voice) -> None:
    with talking(served) as talk:
        talk.connection.send(file_of(voice, 24_000, "FLAC"))
        assert "begins as a file of FLAC does" in talk.take("warning")["message"]
        talk.send(type="reset")
        talk.until("reset")
        talk.connection.send(b"\0\0\0")
        talk.send(type="end")
        talk.rows, talk.speech = [], 1
        assert talk.until("warning")["code"] == "truncated"
        assert talk.until("end")["frames"] == 1


@pytest.mark.parametrize(
    ("offered", "chosen"), [(None, None), (["a2e"], "a2e"), (["chat", "a2e"], "a2e")]
)
def test_sub_protocols(served: Served, offered, chosen) -> None:
    with connect(served.live, subprotocols=offered) as connection:
        assert connection.subprotocol == chosen


def test_a_client_of_another_sub_protocol_is_told(served: Served) -> None:
    for url in (served.live, served.motion("x")):
        with pytest.raises(InvalidStatus) as refusal, connect(url, subprotocols=["chat"]):
            pass
        assert refusal.value.response.status_code == 400
        assert b"expected the sub-protocol a2e, or none; got 'chat'" in refusal.value.response.body


@pytest.mark.parametrize("encoding", ["mulaw", "alaw", "u8", "s16be", "s24le", "s32le", "f64le"])
def test_encodings(served: Served, bundled, voice, encoding: str) -> None:
    """Whatever the bytes mean, the frames are those of the samples that they mean."""
    data = np.frombuffer(voice[:12_000].tobytes(), np.uint8)
    if encoding == "f64le":
        data = np.frombuffer((voice[:3_000] / 32_768).astype("<f8").tobytes(), np.uint8)
    samples = decode_pcm(data.tobytes(), encoding)
    expected = bundled.animate(samples, 24_000, seed=0).weights
    with talking(served, sample_format=encoding) as talk:
        np.testing.assert_allclose(talk.say(data, [1, 1_001]), expected, atol=TEXT)
