"""Kinds of files by their first bytes: raw samples are none, and headers may be cut anywhere."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from a2e.audio.decode.kinds import KINDS, kind_of, labelled_kinds, marked_kind, may_mean
from a2e.audio.decode.pcm_files import header_is_cut, parse_header

FORMATS = {
    "WAV": "WAV",
    "WAVEX": "WAV",
    "RF64": "WAV",
    "W64": "W64",
    "AU": "AU",
    "AIFF": "AIFF",
    "CAF": "CAF",
    "FLAC": "FLAC",
    "OGG": "Ogg",
    "MP3": "MP3",
}
HEADED = ("WAV", "WAVEX", "RF64", "W64", "AU")


def encoded(format: str) -> bytes:
    data = io.BytesIO()
    soundfile.write(data, np.sin(np.arange(9_000) / 9), 24_000, format=format)
    return data.getvalue()


@pytest.mark.parametrize("format", FORMATS)
def test_files_are_known_by_both(format: str) -> None:
    data = encoded(format)
    for found in (kind_of(data), marked_kind(data), marked_kind(data[:4_000])):
        assert found is not None
        assert found.name == FORMATS[format]
    assert marked_kind(b"ID3\4\0\0\0\0\0\0" + data) is not None


@given(
    amplitude=st.sampled_from([1, 2, 8, 30, 100, 2_000, 32_767]),
    dtype=st.sampled_from(["<i2", ">i2", "<f4", "u1"]),
    seed=st.integers(0, 2**32),
)
def test_samples_are_no_file(amplitude: int, dtype: str, seed: int) -> None:
    """Quiet ones hold MPEG's sync word in every second place."""
    noise = np.random.default_rng(seed).normal(0, amplitude, 4_000).clip(-32_768, 32_767)
    samples = noise / 32_768 if dtype == "<f4" else noise % 256 if dtype == "u1" else noise
    assert marked_kind(samples.astype(dtype).tobytes()) is None


@pytest.mark.parametrize("format", HEADED)
def test_a_header_may_be_cut_anywhere(format: str) -> None:
    data = encoded(format)
    header = parse_header(data)
    assert header is not None
    found = header.segment.format
    assert (found.channels, found.rate) == (1, 24_000)
    assert header.size == 18_000
    assert len(data) >= header.start + 18_000
    first = {"W64": 16, "AU": 4}.get(format, 12)
    for length in range(first, header.start):
        assert header_is_cut(data[:length]), length
    assert not header_is_cut(data[: header.start])


def test_labels() -> None:
    words = [word for kind in KINDS for word in kind.labels]
    for word in words:
        for label in (word, f".{word}", f"audio/x-{word}", f"{word.upper()}_44100_128"):
            assert all(may_mean(label, kind) for kind in labelled_kinds(word))
    assert labelled_kinds("x-unheard-of") == ()
    assert not may_mean("x-unheard-of", KINDS[0])
    assert may_mean("auto", KINDS[0])
