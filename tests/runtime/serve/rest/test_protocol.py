"""The protocol of ``POST /api/audio2expression``: a body in, an answer out; no HTTP."""

from __future__ import annotations

import base64
import io
import json

import numpy as np
import pytest
import soundfile

from a2e.audio.samples import downmix
from a2e.errors import AudioError
from a2e.serve.refusals import RefusalError
from a2e.serve.rest.audio import decode
from a2e.serve.rest.protocol import UNNAMED, answer, parse_request, session_key


def body(**fields: object) -> bytes:
    return json.dumps({"audio_base64": "AAAA"} | fields).encode()


def test_defaults() -> None:
    request = parse_request(body())
    assert (request.audio_format, request.sample_rate, request.session_id) == ("mp3", None, UNNAMED)
    assert request.is_start
    assert request.is_final


def test_nulls_are_left_out_and_unknown_fields_ignored() -> None:
    request = parse_request(body(sample_rate=None, session_id=None, volume=3))
    assert request.session_id == UNNAMED


def test_session_ids_may_be_numbers() -> None:
    assert parse_request(body(session_id=7)).session_id == "7"


def test_unnamed_sessions_are_told_apart_by_their_clients() -> None:
    unnamed, named = parse_request(body()), parse_request(body(session_id="a"))
    assert session_key(unnamed, "1.1.1.1") != session_key(unnamed, "2.2.2.2")
    assert session_key(named, "1.1.1.1") == session_key(named, "2.2.2.2")


def test_only_the_end_of_a_session_needs_no_audio() -> None:
    assert parse_request(b'{"is_start": false}').is_final
    for fields in ('{"is_final": false}', "{}", '{"is_start": false, "is_final": false}'):
        with pytest.raises(RefusalError, match="audio_base64 is missing"):
            parse_request(fields.encode())


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"\xff", b'{"style": NaN}'])
def test_bodies_that_cannot_be(content: bytes) -> None:
    with pytest.raises(RefusalError, match="expected a JSON object"):
        parse_request(content)


@pytest.mark.parametrize("parts", [[], ["[0.5]"], ["[0.5]", "", "[1.0],[0.0]"]])
def test_answer(parts: list[str]) -> None:
    told = json.loads(answer(("jawOpen",), 25, parts))
    assert told["names"] == ["jawOpen"]
    assert told["frame_rate"] == 25
    assert len(told["frames"]) == ",".join(parts).count("[")


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_raw_audio_stays_as_it_is() -> None:
    samples = np.arange(-6, 6, dtype=np.int16).reshape(-1, 2)
    audio = decode(base64_of(samples.tobytes()), "pcm_24000_16bit_stereo", None, 1)
    assert audio.rate == 24_000
    assert audio.samples.dtype == np.int16
    assert np.array_equal(audio.samples, samples)
    assert [len(block) for block in audio.blocks(4)] == [4, 2]


def test_files_are_files_whatever_they_are_called() -> None:
    data = io.BytesIO()
    soundfile.write(data, np.tile([0.5, -0.25], (30_000, 1)), 24_000, "FLOAT", format="WAV")
    audio = decode(base64_of(data.getvalue()), "pcm", 8_000, 2)
    assert audio.rate == 24_000
    np.testing.assert_array_equal(downmix(audio.samples), np.full(30_000, 0.125, np.float32))


@pytest.mark.parametrize("format", ["pcm", "flac"])
def test_seconds_are_limited(format: str) -> None:
    samples = np.zeros(16_001, np.int16)
    data = io.BytesIO(samples.tobytes())
    if format == "flac":
        data = io.BytesIO()
        soundfile.write(data, samples, 16_000, format="FLAC")
    with pytest.raises(RefusalError, match="at most 1 s"):
        decode(base64_of(data.getvalue()), format, None, 1)


def test_a_truncated_sample() -> None:
    with pytest.raises(AudioError, match="whole number of 2-byte samples; got 3 bytes"):
        decode(base64_of(bytes(3)), "pcm", None, 1)


def test_a_damaged_file() -> None:
    with pytest.raises(AudioError, match="called ogg that can't be read as any"):
        decode(base64_of(b"OggS" + bytes(99)), "ogg", None, 1)
