"""Names of formats as text-to-speech services and browsers write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from a2e.audio.decode import kinds
from a2e.serve.formats import RawFormat, default_rate, parse_format


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("pcm", RawFormat("s16le")),
        ("PCM_24000", RawFormat("s16le", 1, 24_000)),
        ("pcm_24000_16bit_mono", RawFormat("s16le", 1, 24_000)),
        ("pcm_48000_16bit_stereo", RawFormat("s16le", 2, 48_000)),
        ("pcm_16000_float32", RawFormat("f32le", 1, 16_000)),
        ("pcm_f32le", RawFormat("f32le")),
        ("pcm_s24le_44100", RawFormat("s24le", 1, 44_100)),
        ("linear16", RawFormat("s16le")),
        ("audio/L16;rate=24000;channels=2", RawFormat("s16le", 2, 24_000)),
        ("audio/L16;codec=pcm;rate=24000", RawFormat("s16le", 1, 24_000)),
        ("raw-24khz-16bit-mono-pcm", RawFormat("s16le", 1, 24_000)),
        ("raw-8khz-8bit-mono-mulaw", RawFormat("mulaw", 1, 8_000)),
        ("pcm_44100hz", RawFormat("s16le", 1, 44_100)),
        ("ulaw_8000", RawFormat("mulaw", 1, 8_000)),
        ("PCMA", RawFormat("alaw")),
    ],
)
def test_raw_samples(name: str, raw: RawFormat) -> None:
    assert parse_format(name).raw == raw


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("mp3_44100_128", kinds.MP3),
        ("audio/mpeg", kinds.MP3),
        ("audio/x-wav", kinds.WAV),
        ("riff-24khz-16bit-mono-pcm", kinds.WAV),
        ("opus_48000_32", kinds.OGG),
        ("ogg_vorbis", kinds.OGG),
        ("audio/webm;codecs=opus", kinds.MATROSKA),
        ("video/mp4; codecs=mp4a.40.2", kinds.MP4),
        (".m4a", kinds.MP4),
        ("audio-24khz-48kbitrate-mono-mp3", kinds.MP3),
    ],
)
def test_files(name: str, kind: kinds.Kind) -> None:
    declared = parse_format(name)
    assert declared.raw is None
    assert declared.agrees(kind)
    assert not declared.agrees(kinds.AIFF)


@pytest.mark.parametrize("name", ["", "auto", "application/octet-stream", " AUTO "])
def test_names_that_leave_it_to_the_content(name: str) -> None:
    assert all(parse_format(name).agrees(kind) for kind in kinds.KINDS)


@pytest.mark.parametrize(
    "name", ["pcm_24bit", "pcm_8bit", "pcm_x", "x-unheard-of", "pcm_channels_99", "pcm " * 99]
)
def test_names_that_say_nothing(name: str) -> None:
    declared = parse_format(name)
    assert (declared.raw, declared.kinds) == (None, ())


@given(st.text(max_size=300))
def test_any_text_is_understood_or_not(text: str) -> None:
    declared = parse_format(text)
    assert len(declared.name) <= 100
    assert declared.raw is None or not declared.kinds


def test_the_rate_of_telephones() -> None:
    assert (default_rate("mulaw"), default_rate("s16le")) == (8_000, 16_000)
