"""What is encoded, read by a reader that was written from the documents."""

from __future__ import annotations

import io
import json
from fractions import Fraction

import numpy as np
import pytest

from a2e.arrays import Floats
from a2e.errors import OptionError
from a2e.formats.json_formats import Ndjson
from a2e.outputs.address import parse_address
from a2e.outputs.encoder import FrameFormat
from a2e.outputs.lines import Lines
from a2e.outputs.livelink import LiveLinkPackets
from a2e.outputs.messages import Messages
from a2e.outputs.vmc import VmcBundles
from a2e.shapes import ARKIT, HEAD
from a2e.visemes import SHAPE_SETS
from a2e.visemes.table import column_names
from tests.runtime.outputs.readers import LIVE_LINK, arkit, read_livelink

FACE = FrameFormat((*ARKIT, *HEAD), 30)
TWO = Fraction(24_000, 1001)


def frames(count: int, names: int = len(FACE.names)) -> Floats:
    return np.random.default_rng(3).random((count, names), np.float32)


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
