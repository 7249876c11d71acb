"""An MP3 stream in pieces: the same samples as the file's, wherever it is cut."""

from __future__ import annotations

import io
from itertools import pairwise

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from a2e.arrays import Floats
from a2e.audio.decode import open_audio
from a2e.audio.decode.mp3_stream import Mp3Cutter, Mp3Decoder
from a2e.errors import AudioError

pytest.importorskip("av")
RATES = (8_000, 24_000, 44_100)
TAG = b"ID3\4\0\0\0\0\1\0" + bytes(128)


def encoded(rate: int) -> bytes:
    data = io.BytesIO()
    voice = 0.3 * np.sin(np.arange(rate // 2) / 9)
    soundfile.write(data, voice, rate, format="MP3")
    return data.getvalue()


FILES = {rate: encoded(rate) for rate in RATES}


def decoded(data: bytes, cuts: list[int]) -> Floats:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    cutter, decoder = Mp3Cutter(), Mp3Decoder()
    blocks = []
    for start, end in pairwise(edges):
        cutter = cutter.push(data[start:end])
        blocks += list(decoder.decode(cutter.frames))
    assert not cutter.rest.strip(b"\0")
    return np.concatenate(blocks)


@settings(max_examples=30, deadline=None)
@given(
    rate=st.sampled_from(RATES),
    cuts=st.lists(st.integers(0, 2**31), max_size=20),
    tag=st.sampled_from([b"", TAG, TAG * 2]),
)
def test_any_cutting(rate: int, cuts: list[int], tag: bytes) -> None:
    data = tag + FILES[rate]
    with open_audio(data) as file:
        whole = np.concatenate(list(file.blocks()))
    np.testing.assert_allclose(decoded(data, cuts), whole, atol=1e-6)


def test_a_refused_piece_changes_nothing() -> None:
    data = FILES[24_000]
    cutter = Mp3Cutter().push(data[:1_000])
    assert cutter.push(data[1_000:]).frames == cutter.push(data[1_000:]).frames


def test_what_lies_between_frames_is_counted() -> None:
    data = FILES[24_000]
    assert Mp3Cutter().push(b"junk" * 9 + data).lost == 36
    with pytest.raises(AudioError, match="expected an mp3 stream"):
        Mp3Cutter().push(bytes(1 << 17))
