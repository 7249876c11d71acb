"""Bodies of every kind that clients send: the same answer as JSON's, or a line that says why."""

from __future__ import annotations

import base64
import codecs
import gzip
import io
import json
import zlib
from itertools import pairwise
from urllib.parse import parse_qsl

import httpx
import numpy as np
import pytest
import soundfile

from a2e.serve.refusals import RefusalError
from a2e.serve.rest.body import PostedRequest, read_request
from a2e.serve.rest.encodings import inflate
from tests.runtime.serve.conftest import HTTP, Served, ask, count
from tests.runtime.serve.rest.test_routes import error, file, frames

LIMIT = 1 << 20
URL = "/api/audio2expression"
JSON = json.dumps({"audio_base64": "AAAA", "audio_format": "pcm", "style": 1, "session_id": "ü"})


@pytest.fixture(scope="module")
def wav(speech_24k) -> bytes:
    return file(speech_24k[:24_000], 24_000, "wav")


def post(served: Served, query: str = "", **sent: object) -> httpx.Response:
    return HTTP.post(served.url + URL + query, **sent)


@pytest.mark.parametrize(
    "kind",
    [
        "audio/wav",
        "application/x-www-form-urlencoded",
        "text/plain",
        "application/json",
        "application/octet-stream",
        "",
        "nonsense",
    ],
)
def test_a_file_as_the_body(served: Served, wav: bytes, kind: str) -> None:
    expected = frames(ask(served, wav, seed=1))
    answer = post(served, "?seed=1", content=wav, headers={"Content-Type": kind} if kind else {})
    assert np.array_equal(frames(answer), expected)
    assert "warnings" not in answer.json()


def test_raw_samples_as_the_body(served: Served, voice) -> None:
    query = '?audio_format=pcm&sample_rate=24000&seed=1&style=1&gain={"jawOpen":2}&mute=tongueOut'
    expected = ask(
        served,
        voice.tobytes(),
        audio_format="pcm",
        sample_rate=24_000,
        seed=1,
        style=1,
        gain={"jawOpen": 2},
        mute=["tongueOut"],
    )
    kinds = ("application/octet-stream", "audio/pcm", "application/x-www-form-urlencoded")
    for kind in kinds:
        answer = post(served, query, content=voice.tobytes(), headers={"Content-Type": kind})
        assert answer.json() == expected.json()


def test_a_form(served: Served, wav: bytes) -> None:
    expected = frames(ask(served, wav, seed=1, style="subtle"))
    answer = post(
        served,
        files={"file": ("a.wav", wav, "audio/wav")},
        data={"seed": "1", "style": "subtle", "unknown": "x"},
    )
    assert np.array_equal(frames(answer), expected)
    again = post(served, "?seed=1&style=subtle", files={"file": wav})
    assert np.array_equal(frames(again), expected)


@pytest.mark.parametrize(
    "sent",
    [
        {"content": b"--x--", "headers": {"Content-Type": "multipart/form-data"}},
        {"content": b"junk", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
        {
            "content": b"--x\r\nno head",
            "headers": {"Content-Type": "multipart/form-data; boundary=x"},
        },
        {"files": {"other": b"x"}},
        {"files": {f"f{i}": b"x" for i in range(100)}},
    ],
)
def test_forms_that_cannot_be(served: Served, sent: dict) -> None:
    error(post(served, **sent), 400)


def test_audio_of_a_form_is_taken_to_the_byte() -> None:
    for audio in (b"\r\n", b"--y", b"\r\n--", b"\r\n--y\r\n\r\n", bytes(range(256))):
        body = (
            b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + audio + b"\r\n--x--\r\n"
        )
        kind = {"content-type": "multipart/form-data; boundary=x"}
        assert read_request(body, kind, {}, LIMIT).audio == audio


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_json_in_any_unicode(encoding: str) -> None:
    posted = read_request(JSON.encode(encoding), {"content-type": "application/json"}, {}, LIMIT)
    assert (posted.fields.session_id, posted.fields.style, posted.audio) == ("ü", 1, b"\0\0\0")


def test_a_broken_utf_16() -> None:
    with pytest.raises(RefusalError, match="utf-16-le"):
        read_request(codecs.BOM_UTF16_LE + b'{\0"\0\0\xd8', {}, {}, LIMIT)


@pytest.mark.parametrize(
    ("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)]
)
def test_compressed_bodies(served: Served, encoding: str, pack) -> None:
    body = JSON.replace("AAAA", "AAAAAAAA").encode()
    answer = post(served, content=pack(body), headers={"Content-Encoding": encoding})
    assert len(frames(answer)) == 1
    assert error(post(served, content=pack(body)[:-9], headers={"Content-Encoding": encoding}), 400)


def test_compression_is_bounded_and_named() -> None:
    with pytest.raises(RefusalError, match="at most 1000 bytes"):
        inflate(gzip.compress(bytes(10_000_000)), "gzip", 1_000)
    with pytest.raises(RefusalError, match="Content-Encoding must be gzip"):
        inflate(b"x", "br", 1_000)


@pytest.mark.parametrize(
    "name",
    [
        "audio/wav",
        "mpeg",
        "mp3_44100_128",
        "auto",
        "WAV",
        "x-unheard-of",
        "pcm_24000",
        "pcm",
        "flac",
        "a" * 5_000,
    ],
)
def test_content_decides_and_a_contradiction_is_a_warning(served: Served, wav: bytes, name) -> None:
    answer = ask(served, wav, audio_format=name)
    assert len(frames(answer)) == 30
    warned = name not in ("audio/wav", "WAV", "auto")
    assert bool(answer.json().get("warnings")) == warned
    body = {"audio_base64": base64.b64encode(wav).decode(), "audio_format": name}
    strict = post(served, "?strict=1", json=body)
    assert strict.status_code == (400 if warned else 200)


@pytest.mark.parametrize(
    "spell",
    [
        lambda data: "data:audio/wav;base64," + base64.b64encode(data).decode(),
        lambda data: base64.urlsafe_b64encode(data).decode().rstrip("="),
        lambda data: base64.encodebytes(data).decode(),
    ],
)
def test_base64_as_it_comes(served: Served, wav: bytes, spell) -> None:
    assert len(frames(ask(served, audio_base64=spell(wav)))) == 30


def cut(data: bytes, pieces: list[int]) -> list[bytes]:
    edges = [0, *pieces, len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


def in_session(served: Served, name: str, chunks: list[bytes], **fields: object) -> list:
    answers = []
    for number, chunk in enumerate(chunks):
        last = number == len(chunks) - 1
        answer = ask(served, chunk, session_id=name, is_start=number == 0, is_final=last, **fields)
        answers.append(frames(answer))
    return answers


@pytest.mark.parametrize("pieces", [[1, 2, 3, 1_001], [5_000, 5_001, 9_999], [40]])
def test_pcm_may_be_cut_anywhere(served: Served, voice, pieces: list[int]) -> None:
    raw = {"audio_format": "pcm_24000", "seed": 0}
    answers = in_session(served, f"pcm{pieces}", cut(voice.tobytes(), pieces), **raw)
    assert sum(map(len, answers)) == count(len(voice), 24_000)


@pytest.mark.parametrize("pieces", [[1, 2, 3], [100, 101, 2_000, 2_001], [417, 5_000], [20]])
@pytest.mark.parametrize("named", [{}, {"audio_format": "mp3_44100_128"}, {"audio_format": "auto"}])
def test_mp3_may_be_cut_anywhere(served: Served, speech_24k, pieces, named) -> None:
    pytest.importorskip("av")
    data = file(speech_24k[:48_000], 24_000, "mp3")
    whole = len(soundfile.read(io.BytesIO(data))[0])
    answers = in_session(served, f"mp3{pieces}{named}", cut(data, pieces), **named)
    assert sum(map(len, answers)) == count(whole, 24_000)


@pytest.mark.parametrize("pieces", [[3, 30], [44], [47, 5_001], [1_000]])
@pytest.mark.parametrize("size", [None, 0, 0xFFFFFFFF])
def test_wav_may_be_cut_anywhere(served: Served, wav: bytes, pieces: list[int], size) -> None:
    if size is not None:
        place = wav.index(b"data") + 4
        wav = wav[:place] + size.to_bytes(4, "little") + wav[place + 4 :]
    answers = in_session(served, f"wav{pieces}{size}", cut(wav, pieces))
    assert sum(map(len, answers)) == 30


def test_every_chunk_may_be_a_file(served: Served, speech_24k) -> None:
    for format in ("mp3", "wav", "flac", "ogg"):
        data = file(speech_24k[:24_000], 24_000, format)
        assert sum(map(len, in_session(served, format, [data] * 3))) == 90


def test_half_a_sample_at_the_end_is_told(served: Served, voice) -> None:
    raw = {"audio_format": "pcm_24000", "session_id": "half"}
    frames(ask(served, voice[:99].tobytes(), is_final=False, **raw))
    answer = ask(served, voice[:99].tobytes() + b"\0", is_start=False, **raw)
    assert "ends within a sample" in answer.json()["warnings"][0]


@pytest.mark.parametrize(
    "fields",
    [
        {"audio_format": "pcm_" + "1" * 5_000},
        {"audio_format": "mp3", "style": "1" * 5_000},
        {"style": {"1" * 5_000: 1}},
        {"gain": {"x" * 5_000: 1}},
        {"session_id": "x" * 5_000},
        {"sample_rate": "1" * 5_000},
    ],
)
def test_long_texts_are_refused_in_short(served: Served, fields: dict) -> None:
    answer = ask(served, b"\0\0", **{"audio_format": "pcm"} | fields)
    assert len(error(answer, 400)) < 600


def read(body: bytes, query: str = "", **headers: str) -> PostedRequest:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return read_request(body, given, dict(parse_qsl(query)), LIMIT)


@pytest.mark.parametrize(
    "kind", ["", "application/octet-stream", "application/x-www-form-urlencoded"]
)
@pytest.mark.parametrize(
    "first", [b'{"', b"{}", b"{\0", b"[1", b'"x', b" {", b"\xff\xfe", b"\xef\xbb"]
)
def test_samples_may_begin_like_text(kind: str, first: bytes) -> None:
    """Whatever their first bytes are, where the query says what they are."""
    body = first + bytes([0, 250, 3, 255] * 100)
    posted = read(body, "audio_format=pcm_24000", content_type=kind)
    assert posted.audio == body


@pytest.mark.parametrize("kind", ["", "text/plain", "application/octet-stream", "audio/nonsense"])
def test_json_of_any_type_but_audio(kind: str) -> None:
    if kind.startswith("audio"):
        assert read(JSON.encode(), content_type=kind).audio == JSON.encode()
    else:
        assert read(JSON.encode(), content_type=kind).audio == b"\0\0\0"


def test_fields_of_the_query_are_overruled_by_the_body() -> None:
    posted = read(JSON.encode(), 'style=2&seed=5&mute=jawOpen,tongueOut&gain={"jawOpen":2}')
    assert (posted.fields.style, posted.fields.seed) == (1, 5)
    assert (posted.fields.mute, posted.fields.gain) == (["jawOpen", "tongueOut"], {"jawOpen": 2})


@pytest.mark.parametrize(
    "pack",
    [
        lambda data: gzip.compress(data[:20]) + gzip.compress(data[20:]),
        lambda data: gzip.compress(data) + bytes(9),
        lambda data: zlib.compress(data)[2:-4],  # as some clients take "deflate"
    ],
)
def test_compression_as_it_comes(pack) -> None:
    posted = read(pack(JSON.encode()), content_encoding="deflate")
    assert posted.audio == b"\0\0\0"


def test_gzip_of_many_members() -> None:
    with pytest.raises(RefusalError, match="at most 64 members"):
        inflate(gzip.compress(b"") * 10_000, "gzip", LIMIT)


@pytest.mark.parametrize("depth", [3, 1_000, 100_000])
@pytest.mark.parametrize("field", ["volume", "style", "gain"])
def test_json_nested_deep(depth: int, field: str) -> None:
    body = f'{{"audio_base64": "AAAA", "{field}": {"[" * depth}{"]" * depth}}}'.encode()
    if depth == 3 and field == "volume":
        assert read(body).audio == b"\0\0\0"
        return
    with pytest.raises(RefusalError) as refusal:
        read(body)
    assert refusal.value.code in ("bad_request", "too_big")
    assert len(str(refusal.value)) < 500


def test_many_values_in_json() -> None:
    with pytest.raises(RefusalError, match="brackets, commas and colons"):
        read(b'{"audio_base64": "AAAA", "volume": [' + b"1," * 30_000 + b"1]}")


@pytest.mark.parametrize("declared", [{}, {"audio_format": "pcm"}, {"audio_format": "wav"}])
@pytest.mark.parametrize("format", ["wav", "w64", "au"])
def test_a_header_in_a_session(served: Served, voice, declared: dict, format: str) -> None:
    """It tells the format of all that follows; what stands behind the samples is no sound."""
    samples = voice[:24_000]
    data = file(samples, 24_000, format) + b"LIST\x40\0\0\0" + b"\x7f" * 4_000
    name = f"header {format} {declared}"
    answers = in_session(
        served, name, cut(data, [5, 50, 9_001, 30_000, 48_200]), seed=0, **declared
    )
    assert sum(map(len, answers)) == 30
    whole = frames(ask(served, samples.tobytes(), audio_format="pcm_24000", seed=0))
    np.testing.assert_allclose(np.concatenate(answers)[:5], whole[:5], atol=0.2)


def test_a_file_that_breaks_off_in_a_session(served: Served, wav: bytes) -> None:
    name = {"session_id": "broken off"}
    frames(ask(served, wav[:10_000], is_final=False, **name))
    answer = ask(served, wav[10_000:20_000], is_start=False, **name)
    assert len(frames(answer)) > 0
    assert "broken off: 28044 bytes" in answer.json()["warnings"][0]


def test_a_long_header_in_a_session(served: Served, wav: bytes) -> None:
    """A picture before the samples."""
    place = wav.index(b"data")
    padded = wav[:place] + b"JUNK" + (90_000).to_bytes(4, "little") + bytes(90_000) + wav[place:]
    assert sum(map(len, in_session(served, "long header", cut(padded, [70_000, 89_000])))) == 30


def test_quiet_samples_are_no_file(served: Served) -> None:
    quiet = np.random.default_rng(0).integers(-40, 40, 24_000).astype("<i2")
    assert len(frames(ask(served, quiet.tobytes(), audio_format="pcm_24000"))) == 30
