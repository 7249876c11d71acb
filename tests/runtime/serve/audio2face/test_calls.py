"""``ProcessAudioStream`` over gRPC: the library's frames, and a status for each fault."""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import a2e
from a2e.serve import Face
from tests.runtime.serve.audio2face.messages import Heard, end, header, sound
from tests.runtime.serve.conftest import HTTP, Served, count, serving, talking, wait_for

grpc = pytest.importorskip("grpc", reason="gRPC needs the extra 'grpc'")
health_pb2 = pytest.importorskip("grpc_health.v1.health_pb2", reason="needs the extra 'grpc'")

METHOD = "/nvidia_ace.services.a2f_controller.v1.A2FControllerService/ProcessAudioStream"
SECONDS = 30


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(grpc=0, face=Face(seed=7)) as found:
        yield found


class Client:
    """A connection of its own."""

    def __init__(self, served: Served) -> None:
        options = [("grpc.use_local_subchannel_pool", 1)]
        self.channel = grpc.insecure_channel(served.grpc, options)

    def call(self, messages: Iterable[bytes], **fields: Any) -> Any:
        return self.channel.stream_stream(METHOD)(iter(messages), timeout=SECONDS, **fields)

    def hear(self, *messages: bytes, **fields: Any) -> Heard:
        return Heard(list(self.call(messages, **fields)))

    def refusal(self, *messages: bytes, **fields: Any) -> tuple[str, str]:
        """The status with which a call ends that can't be."""
        with pytest.raises(grpc.RpcError) as caught:
            list(self.call(messages, **fields))
        return caught.value.code().name, caught.value.details()


@contextmanager
def client(served: Served) -> Iterator[Client]:
    found = Client(served)
    try:
        yield found
    finally:
        found.channel.close()


class Sender:
    """Messages that are sent when the test says so."""

    def __init__(self) -> None:
        self._queue: queue.Queue[bytes | None] = queue.Queue()

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._queue.get, None)

    def send(self, message: bytes | None) -> None:
        self._queue.put(message)


def clip(samples: np.ndarray, cuts: Iterable[int] = ()) -> list[bytes]:
    """The audio of a whole clip, its bytes cut anywhere, and its end."""
    data = samples.tobytes()
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [*(sound(data[a:b]) for a, b in itertools.pairwise(edges)), end()]


@settings(max_examples=15, deadline=None)
@given(
    cuts=st.lists(st.integers(0, 2**31), max_size=30),
    length=st.integers(0, 40_000),
    rate=st.sampled_from([8_000, 16_000, 22_050, 44_100]),
)
def test_any_cutting_gives_the_librarys_frames(served, bundled, voice, cuts, length, rate) -> None:
    """Bit for bit, each with its own samples, which together are the clip."""
    samples = voice[:length]
    with client(served) as caller:
        heard = caller.hear(header(rate), *clip(samples, cuts))
    frames = count(length, rate)
    header_kind, last = "animation_data_stream_header", ["event", "status"]
    assert heard.kinds == [header_kind, *["animation_data"] * frames, *last]
    assert [status.code for status in heard.statuses] == [0]
    expected = bundled.animate(samples, rate, seed=7).weights
    assert np.array_equal(heard.weights.reshape(expected.shape), expected)
    assert heard.times == [number / 30 for number in range(frames)]
    assert b"".join(heard.audio) == samples.tobytes()
    assert heard.audio_times == [number * rate // 30 / rate for number in range(frames)]


def test_the_header_says_what_will_come(served, bundled) -> None:
    with client(served) as caller:
        found = caller.hear(header(44_100), sound(), end()).header
    names = [name[:1].lower() + name[1:] for name in found.skel_animation_header.blend_shapes]
    assert names == list(bundled.names)
    audio = found.audio_header
    assert (audio.audio_format, audio.bits_per_sample, audio.channel_count) == (0, 16, 1)
    assert audio.samples_per_second == 44_100
    assert found.start_time_code_since_epoch > 1.7e9


def test_multipliers_and_offsets_are_gain_and_offset(served, bundled, voice) -> None:
    fields = {
        "bs_weight_multipliers": {"JawOpen": 1.8, "MouthSmileLeft": 0.3, "TongueTipUp": 1.0},
        "bs_weight_offsets": {"MouthPucker": 0.15},
    }
    controls = a2e.Controls(
        gain={"jawOpen": 1.8, "mouthSmileLeft": 0.3}, offset={"mouthPucker": 0.15}
    )
    with client(served) as caller:
        heard = caller.hear(header(**fields), *clip(voice))
    expected = bundled.animate(voice, 24_000, seed=7, controls=controls).weights
    assert np.array_equal(heard.weights, expected)


def test_emotions_are_moods(served, bundled, voice) -> None:
    controls = a2e.Controls(mood={"joy": 0.3, "fear": 0.06})
    first = sound(b"", [(0.0, {"joy": 1.0, "fear": 0.2})])
    with client(served) as caller:
        heard = caller.hear(header(live_transition_time=0.001), first, *clip(voice))
    expected = bundled.animate(voice, 24_000, seed=7, controls=controls).weights
    assert np.array_equal(heard.weights, expected)
    assert heard.mood("joy") == pytest.approx([0.3] * len(expected))
    asked = [len(found.input_emotions) for found in heard.emotions]
    assert asked == [1] + [0] * (len(expected) - 1)


@pytest.mark.parametrize("cuts", [[], [1, 4_801, 9_999, 50_000, 50_001]])
def test_an_emotion_begins_at_its_time_whatever_the_cutting(served, bundled, voice, cuts) -> None:
    with client(served) as caller:
        emotion = sound(b"", [(1.0, {"joy": 1.0})])
        heard = caller.hear(header(live_transition_time=0), emotion, *clip(voice, cuts))
    joy = a2e.Controls(mood={"joy": 0.3})
    without = bundled.animate(voice, 24_000, seed=7).weights
    expected = bundled.animate(voice, 24_000, seed=7, controls=joy).weights
    assert np.array_equal(heard.weights[:30], without[:30])
    np.testing.assert_allclose(heard.weights[30:], expected[30:], atol=1e-6)


def test_unknown_names_are_told_and_left_out(served, bundled, voice) -> None:
    fields = {"bs_weight_multipliers": {"JawOpne": 2.0}, "beginning_emotion": {"boredom": 1.0}}
    with client(served) as caller:
        heard = caller.hear(header(**fields), *clip(voice))
    warning, success = heard.statuses
    assert (warning.code, success.code) == (2, 0)
    assert "left out 'boredom', 'JawOpne'; did you mean JawOpen?" in warning.message
    assert np.array_equal(heard.weights, bundled.animate(voice, 24_000, seed=7).weights)


def test_half_a_sample_is_told(served, voice) -> None:
    with client(served) as caller:
        heard = caller.hear(header(), sound(voice.tobytes()[:4_801]), end())
    assert [status.code for status in heard.statuses] == [2, 0]
    assert len(b"".join(heard.audio)) == 4_800


def test_frames_come_while_the_voice_still_speaks(served, voice) -> None:
    sender = Sender()
    with client(served) as caller:
        answers = caller.call(sender)
        for message in (header(), sound(voice[:24_000])):
            sender.send(message)
        early = [next(answers) for _ in range(15)]
        for message in (sound(voice[24_000:]), end()):
            sender.send(message)
        heard = Heard([*early, *answers])
    assert len(heard.weights) == count(len(voice), 24_000)


def test_a_client_that_stops_sending_gets_its_whole_clip(served, voice) -> None:
    with client(served) as caller:
        heard = caller.hear(header(), sound(voice))
    assert len(heard.weights) == count(len(voice), 24_000)
    assert heard.statuses[-1].code == 0


@pytest.mark.parametrize(
    ("messages", "told"),
    [
        ([], "expected a header"),
        ([b"\xff"], "expected an AudioStream"),
        ([sound(b"ab")], "expected a header"),
        ([header(bits_per_sample=8)], "got format 0 of 8 bits"),
        ([header(1)], "got 1"),
        ([header(), header()], "expected one header"),
        ([header(), sound(bytes(2)), end(), sound()], "expected nothing after the end"),
        ([header(), sound(b"", [(0, {"joy": 3.0})])], "emotion[joy]"),
    ],
)
def test_what_cannot_be_is_an_invalid_argument(served, messages: list[bytes], told: str) -> None:
    with client(served) as caller:
        code, details = caller.refusal(*messages)
    assert code == "INVALID_ARGUMENT"
    assert told in details


def test_a_refusal_amid_an_answer_ends_the_call(served) -> None:
    """Whatever is being written just then."""
    with client(served) as caller:
        codes = {caller.refusal(header(), header())[0] for _ in range(60)}
    assert codes == {"INVALID_ARGUMENT"}


def test_a_clip_that_has_begun_hears_of_its_end_in_a_status_too(served) -> None:
    sender = Sender()
    with client(served) as caller:
        answers = caller.call(sender)
        sender.send(header())
        heard = [next(answers)]
        sender.send(header())
        with pytest.raises(grpc.RpcError):
            heard.extend(answers)
    assert [status.code for status in Heard(heard).statuses] == [3]


def test_a_key_is_asked_for(voice) -> None:
    messages = [header(), *clip(voice[:2_400])]
    with serving(grpc=0, api_key="secret") as served, client(served) as caller:
        assert caller.refusal(*messages)[0] == "UNAUTHENTICATED"
        wrong = [("authorization", "Bearer other")]
        assert caller.refusal(*messages, metadata=wrong)[0] == "UNAUTHENTICATED"
        for shown in (("authorization", "Bearer secret"), ("x-api-key", "secret")):
            assert len(caller.hear(*messages, metadata=[shown]).weights) == 3
        assert status_of(caller) == "SERVING"


def status_of(caller: Client, name: str = "") -> str:
    check = caller.channel.unary_unary(
        "/grpc.health.v1.Health/Check",
        request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
        response_deserializer=health_pb2.HealthCheckResponse.FromString,
    )
    found = check(health_pb2.HealthCheckRequest(service=name), timeout=SECONDS)
    names: str = health_pb2.HealthCheckResponse.ServingStatus.Name(found.status)
    return names


def test_health(served) -> None:
    with client(served) as caller:
        for name in ("", METHOD.split("/")[1]):
            assert status_of(caller, name) == "SERVING"


def test_voices_are_counted_together_with_those_of_websockets(voice) -> None:
    messages = [header(), *clip(voice[:2_400])]
    with serving(grpc=0, max_streams=1) as served, client(served) as caller:
        with talking(served):
            code, details = caller.refusal(*messages)
        assert code == "RESOURCE_EXHAUSTED"
        assert "at most 1 live streams" in details
        wait_for(lambda: served.metric("a2e_streams") == 0)
        assert len(caller.hear(*messages).weights) == 3


def test_a_client_that_dies_frees_its_voice(voice) -> None:
    with serving(grpc=0, max_streams=1) as served:
        sender = Sender()
        with client(served) as caller:
            answers = caller.call(sender)
            sender.send(header())
            next(answers)
            assert served.metric("a2e_streams") == 1
            sender.send(sound(voice))
        wait_for(lambda: served.metric("a2e_streams") == 0)
        with client(served) as caller:
            assert caller.hear(header(), *clip(voice)).statuses[-1].code == 0


def test_a_clip_may_be_so_long_and_a_message_so_big(voice) -> None:
    with serving(grpc=0, max_seconds=1, max_message=60_000) as served, client(served) as caller:
        code, details = caller.refusal(header(), *clip(voice, [50_000]))
        assert (code, "at most 1 s" in details) == ("INVALID_ARGUMENT", True)
        assert caller.refusal(header(), *clip(voice))[0] == "RESOURCE_EXHAUSTED"


def test_a_client_may_send_its_whole_clip_before_it_reads(served, bundled, voice) -> None:
    samples = np.tile(voice, 12)[: 24 * 24_000]
    sent = threading.Event()

    def messages() -> Iterator[bytes]:
        yield header()
        yield from clip(samples, range(0, 2 * len(samples), 48_000))
        sent.set()

    with client(served) as caller:
        answers = caller.call(messages())
        assert sent.wait(SECONDS)
        heard = Heard(list(answers))
    assert np.array_equal(heard.weights, bundled.animate(samples, 24_000, seed=7).weights)


def test_who_does_not_read_is_told_and_frees_its_voice(voice) -> None:
    samples = np.tile(voice, 100)  # more of them than the network holds
    with serving(grpc=0, send_timeout=0.5) as served, client(served) as caller:
        messages = [header(192_000), *clip(samples, range(0, 2 * len(samples), 384_000))]
        answers = caller.call(messages)
        wait_for(lambda: served.metric("a2e_streams") == 1)
        wait_for(lambda: served.metric("a2e_streams") == 0)
        with pytest.raises(grpc.RpcError) as caught:
            list(answers)
    assert caught.value.code() is grpc.StatusCode.ABORTED
    assert "took nothing for 0.5 s" in caught.value.details()


def test_who_says_nothing_is_idle() -> None:
    with serving(grpc=0, idle_timeout=0.3) as served, client(served) as caller:
        for messages in ([], [header()]):
            sender = Sender()
            for message in messages:
                sender.send(message)
            with pytest.raises(grpc.RpcError) as caught:
                list(caller.call(sender))
            assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
            assert "s" in caught.value.details()
            sender.send(None)


def test_many_clips_at_once_share_nothing(bundled, voice) -> None:
    """Each with its own rate and face."""
    rates = [16_000, 24_000, 48_000, 22_050]
    heard: dict[int, Heard] = {}

    def say(served: Served, rate: int) -> None:
        gain = {"bs_weight_multipliers": {"JawOpen": rate / 16_000}}
        with client(served) as caller:
            heard[rate] = caller.hear(
                header(rate, **gain), *clip(voice[:30_000], range(0, 60_000, 999))
            )

    with serving(grpc=0, max_streams=4, face=Face(seed=7)) as served:
        threads = [threading.Thread(target=say, args=(served, rate)) for rate in rates]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for rate in rates:
        controls = a2e.Controls(gain={"jawOpen": rate / 16_000})
        expected = bundled.animate(voice[:30_000], rate, seed=7, controls=controls).weights
        assert np.array_equal(heard[rate].weights, expected)


def test_a_service_that_stops_lets_clips_end(voice) -> None:
    """One ends in time and is whole; one is cut short, and says so after its frames."""
    with serving(grpc=0, drain_seconds=1, max_streams=4) as served, client(served) as caller:
        ending, cut = Sender(), Sender()
        calls = [caller.call(ending), caller.call(cut)]
        begun = []
        for sender, answers in zip((ending, cut), calls, strict=True):
            for message in (header(), sound(voice[:24_000])):
                sender.send(message)
            begun.append([next(answers), next(answers)])
        served.stop()
        wait_for(served.service.stopping.is_set)
        assert caller.refusal(header())[0] == "UNAVAILABLE"
        ending.send(end())
        whole = Heard([*begun[0], *calls[0]])
        assert (len(whole.weights), whole.statuses[-1].code) == (30, 0)
        with pytest.raises(grpc.RpcError) as caught:
            begun[1].extend(calls[1])
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        part = Heard(begun[1])
        assert (len(part.weights), part.statuses[-1].code) == (30, 3)


def test_http_goes_on_beside(served) -> None:
    assert HTTP.get(served.url + "/health").json()["engine_ready"]


def test_metrics_count_clips(served, voice) -> None:
    before = served.metric("a2e_frames_total"), served.metric("a2e_audio_seconds_total")
    with client(served) as caller:
        caller.hear(header(), *clip(voice[:24_000]))
    after = served.metric("a2e_frames_total"), served.metric("a2e_audio_seconds_total")
    assert after[0] - before[0] == 30
    assert after[1] - before[1] == pytest.approx(1)
