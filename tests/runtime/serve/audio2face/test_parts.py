"""Reading the wire: what is right is kept as it was written, what can't be is refused."""

from __future__ import annotations

import math
from contextlib import suppress
from importlib.resources import files

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from hypothesis import given
from hypothesis import strategies as st

from a2e.errors import A2EError
from a2e.serve.audio2face import parts
from a2e.serve.audio2face.parts import EndOfAudio, Header, Sound, decimal, parse_part
from a2e.serve.refusals import RefusalError
from tests.runtime.serve.audio2face.messages import end, header, sound


def test_a_header_is_read() -> None:
    fields = {
        "bs_weight_multipliers": {"JawOpen": 1.8},
        "bs_weight_offsets": {"MouthSmileLeft": -0.1},
        "beginning_emotion": {"joy": 0.3},
        "live_transition_time": 0.25,
        "emotion_strength": 0.9,
        "preferred_emotion_strength": 0.5,
    }
    found = parse_part(header(16_000, **fields))
    assert found == Header(
        16_000, {"JawOpen": 1.8}, {"MouthSmileLeft": -0.1}, {"joy": 0.3}, 0.25, 0.9, 0.45
    )


def test_what_a_header_leaves_out_is_the_contracts_default() -> None:
    found = parse_part(header(16_000))
    assert found == Header(16_000, {}, {}, {}, 0.5, 0.6, 0.3)
    without = parse_part(header(16_000, enable_preferred_emotion=False))
    assert isinstance(without, Header)
    assert without.preferred == 0


def test_audio_and_its_end_are_read() -> None:
    found = parse_part(sound(b"abc", [(1.5, {"joy": 0.7}), (0, {})]))
    assert isinstance(found, Sound)
    assert found.data == b"abc"
    assert [(e.time, e.strengths) for e in found.emotions] == [(1.5, {"joy": 0.7}), (0, {})]
    assert parse_part(end()) == EndOfAudio()


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (b"", "got an empty one"),
        (b"\xff\xff", "got bytes that are none"),
        (header(16_000, audio_format=1), "got format 1"),
        (header(16_000, channel_count=2), "2 channel"),
        (header(16_000, bits_per_sample=32), "32 bits"),
        (header(4_000), "4000"),
        (header(16_000, live_transition_time=-1.0), "live_transition_time"),
        (header(16_000, live_transition_time=math.nan), "live_transition_time"),
        (header(16_000, emotion_strength=1.5), "emotion_strength of 0 to 1; got 1.5"),
        (header(16_000, bs_weight_multipliers={"JawOpen": math.inf}), "'JawOpen': inf"),
        (header(16_000, beginning_emotion={"joy": 2.0}), "beginning_emotion[joy]"),
        (sound(b"", [(-1, {})]), "time_code of 0 s or more; got -1"),
        (sound(b"", [(math.nan, {})]), "time_code"),
        (sound(b"", [(0, {"fear": -0.1})]), "emotion[fear] of 0 to 1"),
        (sound(b"", [(0, {})] * (parts.MAX_NAMES + 1)), "at most 1000 emotions"),
        (header(bs_weight_offsets={f"a{n}": 0 for n in range(1_001)}), "at most 1000 names"),
    ],
)
def test_what_cannot_be_is_refused(message: bytes, told: str) -> None:
    with pytest.raises(A2EError, match=r"expected|must be") as caught:
        parse_part(message)
    assert told in str(caught.value)


@given(st.binary(max_size=200))
def test_garbage_is_a_part_or_refused(data: bytes) -> None:
    with suppress(A2EError):
        parse_part(data)


def test_refusals_are_invalid_arguments() -> None:
    with pytest.raises(RefusalError) as caught:
        parse_part(b"")
    assert caught.value.ending.grpc == "INVALID_ARGUMENT"


@given(st.decimals(0, 2, places=4).map(float))
def test_numbers_are_what_was_written(value: float) -> None:
    found = parse_part(header(bs_weight_multipliers={"JawOpen": value}))
    assert isinstance(found, Header)
    assert found.multipliers["JawOpen"] == value == decimal(value)


def test_the_compiled_descriptors_are_those_of_the_proto_file(tmp_path) -> None:
    protoc = pytest.importorskip(
        "grpc_tools.protoc", reason="compares with what protoc makes; needs grpcio-tools"
    )
    folder = files("a2e.serve.audio2face")
    made = tmp_path / "made.binpb"
    arguments = ["protoc", f"-I{folder}", f"--descriptor_set_out={made}", "audio2face.proto"]
    assert protoc.main(arguments) == 0
    kept = folder.joinpath("audio2face.binpb").read_bytes()
    assert FileDescriptorSet.FromString(kept) == FileDescriptorSet.FromString(made.read_bytes())
