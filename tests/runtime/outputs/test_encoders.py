"""What is encoded, decoded by independent readers: python-osc, and ours from the documents."""

from __future__ import annotations

import io
import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from a2e.arrays import Floats
from a2e.errors import OptionError
from a2e.formats.json_formats import Ndjson
from a2e.outputs.address import parse_address
from a2e.outputs.encoder import FrameFormat
from a2e.outputs.lines import Lines
from a2e.outputs.livelink import LiveLinkPackets
from a2e.outputs.messages import Messages
from a2e.outputs.osc import DATAGRAM, OscFloats, bundles, message
from a2e.outputs.vmc import VmcBundles
from a2e.shapes import ARKIT, HEAD
from a2e.visemes import SHAPE_SETS
from a2e.visemes.table import column_names
from tests.runtime.outputs.readers import LIVE_LINK, arkit, read_livelink

osc_packet = pytest.importorskip(
    "pythonosc.osc_packet", reason="python-osc is not installed: the decoder of OSC"
)

FACE = FrameFormat((*ARKIT, *HEAD), 30)
TWO = Fraction(24_000, 1001)


def frames(count: int, names: int = len(FACE.names)) -> Floats:
    return np.random.default_rng(3).random((count, names), np.float32)


def read_osc(data: bytes) -> list[tuple[str, list[object]]]:
    """The messages of a bundle: address and arguments."""
    found = osc_packet.OscPacket(data).messages
    return [(timed.message.address, timed.message.params) for timed in found]


def test_livelink_is_read_bit_for_bit() -> None:
    encoder = LiveLinkPackets(parse_address("livelink://h/Lead Actor"), FACE, 0)
    assert encoder.begin(3_600.5) == []
    for index, weights in enumerate(frames(3)):
        (data,) = encoder.frame(index, weights)
        packet = read_livelink(data)
        assert (packet.version, packet.subject, len(packet.device)) == (6, "Lead Actor", 36)
        assert (packet.frame, packet.part, packet.rate) == (108_015 + index, 0.0, (30, 1))
        assert np.array_equal(arkit(packet, [*ARKIT, *HEAD]), weights)
        assert {packet.values[name] for name in LIVE_LINK[-6:]} == {0}
    assert data[:6] == b"\6\0\0\0$" + packet.device[:1].encode()


def test_a_subject_keeps_its_device_and_others_have_theirs() -> None:
    def device(path: str) -> str:
        encoder = LiveLinkPackets(parse_address(f"livelink://h{path}"), FACE, 0)
        return read_livelink(encoder.frame(0, frames(1)[0])[0]).device  # type: ignore[arg-type]

    assert device("") == device("/a2e") != device("/b")


def test_livelinks_timecode_at_any_rate_and_over_midnight() -> None:
    encoder = LiveLinkPackets(parse_address("livelink://h"), FrameFormat(ARKIT, TWO), 0)
    encoder.begin(24 * 3600 - 1)
    weights = frames(1, 52)[0]
    packets = [read_livelink(encoder.frame(k, weights)[0]) for k in range(50)]  # type: ignore[arg-type]
    assert packets[0].rate == (24_000, 1001)
    exact = (24 * 3600 - 1) * TWO
    assert packets[0].frame + packets[0].part == pytest.approx(float(exact), abs=1e-3)
    numbers = [packet.frame for packet in packets]
    day = -(-24 * 3600 * 24_000 // 1001)
    assert numbers == [(numbers[0] + k) % day for k in range(50)]
    assert 0 in numbers


def test_shapes_that_a_model_lacks_stay_0() -> None:
    encoder = LiveLinkPackets(parse_address("livelink://h"), FrameFormat(("jawOpen",), 30), 0)
    packet = read_livelink(encoder.frame(0, np.array([0.25], np.float32))[0])  # type: ignore[arg-type]
    assert {name: value for name, value in packet.values.items() if value} == {"JawOpen": 0.25}


@given(
    st.from_regex(r"/[A-Za-z0-9/_]{0,60}", fullmatch=True),
    st.lists(
        st.one_of(
            st.floats(width=32, allow_nan=False),
            st.integers(-(2**31), 2**31 - 1),
            st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20),
        ),
        max_size=6,
    ),
)
def test_osc_messages_are_read_by_python_osc(address: str, arguments: list[float | str]) -> None:
    data = message(address, *arguments)
    assert len(data) % 4 == 0
    assert read_osc(data) == [(address, arguments)]


@given(st.lists(st.integers(0, 200), max_size=80))
def test_bundles_fit_and_keep_the_order(lengths: list[int]) -> None:
    sent = [("/m", ["x" * length]) for length in lengths]
    packets = list(bundles(message(address, *values) for address, values in sent))
    assert all(len(packet) <= DATAGRAM for packet in packets)
    assert [found for packet in packets for found in read_osc(packet)] == sent


def test_osc_floats() -> None:
    encoder = OscFloats(parse_address("osc://h:1/avatar/face"), FACE, 0)
    weights = frames(1)[0]
    found = [part for data in encoder.frame(0, weights) for part in read_osc(data)]  # type: ignore[arg-type]
    assert [address for address, _ in found] == [f"/avatar/face/{name}" for name in FACE.names]
    assert np.array_equal(np.array([v for _, (v,) in found], np.float32), weights)


def test_vmc_has_ok_the_time_every_shape_and_last_apply() -> None:
    encoder = VmcBundles(parse_address("vmc://h"), FACE, 0)
    weights = frames(1)[0]
    packets = encoder.frame(15, weights)
    assert all(len(data) <= DATAGRAM for data in packets)
    ok, time, *blends, apply = [part for data in packets for part in read_osc(data)]  # type: ignore[arg-type]
    assert ok == ("/VMC/Ext/OK", [1])
    assert time == ("/VMC/Ext/T", [0.5])
    assert apply == ("/VMC/Ext/Blend/Apply", [])
    assert {address for address, _ in blends} == {"/VMC/Ext/Blend/Val"}
    assert [name for _, (name, _) in blends] == [name[0].upper() + name[1:] for name in ARKIT]
    assert np.array_equal(np.array([v for _, (_, v) in blends], np.float32), weights[:52])


def test_vmc_spells_vrms_expressions_as_receivers_do() -> None:
    encoder = VmcBundles(parse_address("vmc://h"), FrameFormat(column_names("vrm"), 30), 0)
    found = [
        part
        for data in encoder.frame(0, frames(1, 7)[0])
        for part in read_osc(data)  # type: ignore[arg-type]
    ]
    names = {values[0] for address, values in found if address.endswith("Val")}
    assert names == {"A", "I", "U", "E", "O", "Blink_L", "Blink_R"}


@pytest.mark.parametrize("set", SHAPE_SETS[1:])
def test_shapes_that_a_receiver_has_no_place_for(set: str) -> None:
    format = FrameFormat(column_names(set), 30)
    with pytest.raises(OptionError, match="Live Link holds ARKit's shapes"):
        LiveLinkPackets(parse_address("livelink://h"), format, 0)
    if set != "vrm":
        with pytest.raises(OptionError, match="VMC holds ARKit's or VRM's"):
            VmcBundles(parse_address("vmc://h"), format, 0)


def test_lines_are_those_of_the_format() -> None:
    file, weights = io.BytesIO(), frames(4)
    writer = Ndjson(file, FACE.names, TWO, "")
    writer.begin()
    writer.write(weights)
    encoder = Lines(parse_address("ndjson:-"), FrameFormat(FACE.names, TWO), 0)
    parts = encoder.begin(0.0)
    for index, row in enumerate(weights):
        parts += encoder.frame(index, row)
    assert b"".join(parts) == file.getvalue()  # type: ignore[arg-type]


def test_messages_are_the_live_sockets() -> None:
    encoder = Messages(parse_address("ws://h"), FrameFormat(ARKIT, TWO), 2)
    weights = frames(1, 52)
    ready, frame, end, reset = map(
        json.loads,
        (*encoder.begin(0.0), *encoder.frame(7, weights[0]), *encoder.end(8), *encoder.cut()),
    )
    assert ready["names"] == list(ARKIT)
    assert (ready["fps_exact"], ready["speech"], ready["protocol"]) == ([24_000, 1001], 2, 1)
    assert (frame["speech"], frame["first"], frame["time"]) == (2, 7, round(7 * 1.001 / 24, 6))
    np.testing.assert_allclose(frame["weights"], weights, atol=1e-6)
    assert end == {"type": "end", "speech": 2, "frames": 8, "seconds": round(8 * 1.001 / 24, 6)}
    assert reset == {"type": "reset", "speech": 3}
