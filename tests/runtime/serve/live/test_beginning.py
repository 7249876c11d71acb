"""The beginning of a speech: headers are no sound, and nothing else is ever left out."""

from __future__ import annotations

import io
from itertools import pairwise

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from a2e.audio.decode.kinds import marked_kind
from a2e.serve.live.beginning import Beginning
from a2e.serve.live.messages import Start

START = Start(type="start", rate=24_000)
SAMPLES = np.random.default_rng(0).integers(-3_000, 3_000, 900).astype("<i2")


def encoded(format: str, subtype: str = "PCM_16") -> bytes:
    data = io.BytesIO()
    soundfile.write(data, SAMPLES, 24_000, subtype, format=format)
    return data.getvalue()


def taken(data: bytes, cuts: list[int]) -> tuple[bytes, str | None]:
    """What counts as samples of bytes in pieces, and the warning."""
    beginning, samples = Beginning(START), b""
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    for start, end in pairwise(edges):
        piece = data[start:end]
        samples += piece if beginning.is_over else beginning.push(piece)
    if not beginning.is_over:
        samples += beginning.finish()
    return samples, beginning.warning


CUTS = st.lists(st.integers(0, 100), max_size=12)


@given(data=st.binary(max_size=80), cuts=CUTS)
def test_samples_pass(data: bytes, cuts: list[int]) -> None:
    """All of them, however they are cut; only whole heads of files are told apart."""
    samples, warning = taken(data, cuts)
    assert samples == data
    assert (warning is None) == (marked_kind(data) is None)


@given(head=st.sampled_from([b"RIFF", b"R", b"RF", b".snd", b"riff", b"RIFFxxxx"]), cuts=CUTS)
def test_what_only_begins_like_a_header_passes(head: bytes, cuts: list[int]) -> None:
    for data in (head, head + b"\1" * 30):
        samples, _ = taken(data, cuts)
        assert samples == data


@pytest.mark.parametrize("format", ["WAV", "RF64", "W64", "AU", "WAVEX"])
@given(cuts=CUTS)
def test_headers_are_left_out(format: str, cuts: list[int]) -> None:
    data = encoded(format)
    samples, warning = taken(data, cuts)
    order = ">i2" if format == "AU" else "<i2"
    assert samples == SAMPLES.astype(order).tobytes()
    assert warning is not None
    assert "at 24000 Hz, 1 channel(s)), which is left out" in warning


@pytest.mark.parametrize(
    ("format", "subtype", "kind"),
    [("FLAC", "PCM_16", "FLAC"), ("OGG", "VORBIS", "Ogg"), ("WAV", "IMA_ADPCM", "WAV")],
)
def test_what_is_compressed_is_named(format: str, subtype: str, kind: str) -> None:
    data = encoded(format, subtype)
    samples, warning = taken(data, [])
    assert samples == data
    assert f"begins as a file of {kind} does and will be noise" in (warning or "")
