"""Raw samples: every encoding against ``struct``, cut anywhere."""

from __future__ import annotations

import struct
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import a2e
from a2e.audio.pcm import ENCODINGS, PcmDecoder, decode_pcm
from a2e.audio.samples import check_samples, downmix

NATIVE = {"s16": np.int16, "f32": np.float32, "f64": np.float64}
"""Types that the library takes as they are; all others come as float32."""
G711 = ("mulaw", "alaw")
STRUCTS = {"u8": "B", "s8": "b", "s16": "h", "s32": "i", "f32": "f", "f64": "d"}


def parts_of(encoding: str) -> tuple[str, int, str]:
    """Kind with bits, bytes of a sample, byte order."""
    kind = encoding[:-2] if encoding.endswith(("le", "be")) else encoding
    return kind, int(kind[1:]) // 8, "big" if encoding.endswith("be") else "little"


def values_of(encoding: str, data: bytes) -> list[float]:
    """The samples of ``data`` in [-1, 1], one at a time."""
    kind, width, order = parts_of(encoding)
    words = [data[i : i + width] for i in range(0, len(data), width)]
    if kind[0] == "f":
        return [
            struct.unpack((">" if order == "big" else "<") + STRUCTS[kind], word)[0]
            for word in words
        ]
    if kind == "u8":
        return [(word[0] - 128) / 128 for word in words]
    return [
        int.from_bytes(word, order, signed=True) / 2 ** (8 * width - 1)  # type: ignore[arg-type]
        for word in words
    ]


@pytest.mark.parametrize("encoding", [name for name in ENCODINGS if name not in G711])
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_every_encoding_equals_struct(encoding: str, data: st.DataObject) -> None:
    kind, width, order = parts_of(encoding)
    if kind[0] == "f":
        floats = data.draw(st.lists(st.floats(-1, 1, width=8 * width)))
        code = (">" if order == "big" else "<") + STRUCTS[kind]
        raw = b"".join(struct.pack(code, value) for value in floats)
    else:
        raw = data.draw(st.binary(max_size=24))
        raw = raw[: len(raw) // width * width]
    samples = decode_pcm(raw, encoding)
    assert samples.shape == (len(raw) // width, 1)
    assert samples.dtype == NATIVE.get(kind, np.float32)
    assert samples.dtype.isnative
    scale = 32_768 if kind == "s16" else 1
    expected = np.array(values_of(encoding, raw), np.float64)
    np.testing.assert_allclose(samples[:, 0] / scale, expected, rtol=2**-23, atol=0)
    check_samples(samples)
    np.testing.assert_array_equal(downmix(samples), expected.astype(np.float32))


@pytest.mark.parametrize("encoding", [name for name in ENCODINGS if name[0] in "us"])
def test_full_scale_is_one(encoding: str) -> None:
    kind, width, order = parts_of(encoding)
    bits = 8 * width
    low, silence, high = (
        (0, 128, 255) if kind == "u8" else (-(2 ** (bits - 1)), 0, 2 ** (bits - 1) - 1)
    )
    raw = b"".join(
        value.to_bytes(width, order, signed=kind != "u8")  # type: ignore[call-overload]
        for value in (low, silence, high)
    )
    mono = downmix(decode_pcm(raw, encoding))
    np.testing.assert_array_equal(mono[:2], [-1, 0])
    assert mono[2] == np.float32(1 - 2.0 ** (1 - bits))


@pytest.mark.parametrize("encoding", ENCODINGS)
@settings(max_examples=50, deadline=None)
@given(cuts=st.lists(st.integers(0, 288), max_size=6), channels=st.integers(1, 3))
def test_any_cutting_gives_equal_samples(encoding: str, cuts: list[int], channels: int) -> None:
    raw = bytes(np.random.default_rng(0).integers(0, 63, 288, np.uint8))  # no NaN among floats
    whole = decode_pcm(raw, encoding, channels)
    decoder = PcmDecoder(encoding, channels)
    edges = [0, *sorted(cuts), len(raw)]
    parts = [decoder.push(raw[a:b]) for a, b in pairwise(edges)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    assert decoder.pending == 0


def test_a_samples_first_bytes_wait_for_its_last() -> None:
    decoder = PcmDecoder("s24be", 2)
    assert (decoder.width, decoder.frame_bytes, decoder.pending) == (3, 6, 0)
    assert decoder.push(b"\x40\x00\x00\xc0").shape == (0, 2)
    assert decoder.pending == 4
    np.testing.assert_array_equal(decoder.push(b"\x00\x00\x01"), [[0.5, -0.5]])
    assert decoder.pending == 1
    decoder.reset()
    assert decoder.pending == 0
    np.testing.assert_array_equal(decoder.push(b"\xc0\x00\x00\x40\x00\x00"), [[-0.5, 0.5]])


def test_bytes_that_end_within_a_sample() -> None:
    with pytest.raises(a2e.AudioError, match=r"4-byte samples; got 7 bytes\. Is s16le with 2"):
        decode_pcm(bytes(7), "s16le", 2)


@pytest.mark.parametrize("encoding", ["", "s16", "S16LE", "s64le", "ulaw", "u8le"])
def test_unknown_encodings(encoding: str) -> None:
    with pytest.raises(a2e.OptionError, match="encoding must be one of u8, s8, s16le"):
        PcmDecoder(encoding)


@pytest.mark.parametrize("channels", [0, -1, 65])
def test_impossible_channels(channels: int) -> None:
    with pytest.raises(a2e.OptionError, match=f"channels must be 1 to 64; got {channels}"):
        PcmDecoder("s16le", channels)


@pytest.mark.parametrize(
    ("encoding", "values"),
    [
        # ITU-T G.711's decision values, 14 and 13 bits, times 4 and 8
        ("mulaw", {0xFF: 0, 0x7F: 0, 0x80: 32124, 0x00: -32124, 0xFE: 8, 0x7E: -8, 0xAF: 4092}),
        ("alaw", {0xD5: 8, 0x55: -8, 0xAA: 32256, 0x2A: -32256, 0xD4: 24, 0x80: 5504}),
    ],
)
def test_telephone_samples(encoding: str, values: dict[int, int]) -> None:
    samples = decode_pcm(bytes(values), encoding)
    assert samples.dtype == np.int16
    assert dict(zip(values, samples[:, 0].tolist(), strict=True)) == values


@pytest.mark.parametrize("encoding", G711)
def test_telephone_samples_as_ffmpeg_has_them(encoding: str) -> None:
    av = pytest.importorskip("av")
    context = av.CodecContext.create(f"pcm_{encoding}", "r")
    context.sample_rate, context.layout = 8_000, "mono"
    every = bytes(range(256))
    (frame,) = context.decode(av.Packet(every))
    np.testing.assert_array_equal(decode_pcm(every, encoding)[:, 0], frame.to_ndarray()[0])
    check_samples(decode_pcm(every, encoding))
