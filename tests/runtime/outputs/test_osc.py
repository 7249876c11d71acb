"""OSC and VMC, decoded by python-osc."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from a2e.arrays import Floats
from a2e.outputs.address import parse_address
from a2e.outputs.encoder import FrameFormat
from a2e.outputs.osc import DATAGRAM, OscFloats, bundles, message
from a2e.outputs.vmc import VmcBundles
from a2e.shapes import ARKIT, HEAD
from a2e.visemes.table import column_names

osc_packet = pytest.importorskip(
    "pythonosc.osc_packet", reason="python-osc is not installed: the decoder of OSC"
)

FACE = FrameFormat((*ARKIT, *HEAD), 30)


def frames(count: int, names: int = len(FACE.names)) -> Floats:
    return np.random.default_rng(3).random((count, names), np.float32)


def read_osc(data: bytes) -> list[tuple[str, list[object]]]:
    """The messages of a bundle: address and arguments."""
    found = osc_packet.OscPacket(data).messages
    return [(timed.message.address, timed.message.params) for timed in found]


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
