"""``POST /api/audio2expression``: the contract, and what went wrong around the service before."""

from __future__ import annotations

import base64
import io
import threading

import httpx
import numpy as np
import pytest
import soundfile

import a2e
from a2e.arrays import Floats
from tests.runtime.serve.conftest import HTTP, Served, ask, count, pcm, serving

TEXT = 1e-6
RAW = {"audio_format": "pcm_24000_16bit_mono", "seed": 0}


def file(samples: np.ndarray, rate: int, format: str) -> bytes:
    """The bytes of an audio file."""
    data = io.BytesIO()
    soundfile.write(data, samples, rate, format=format.upper())
    return data.getvalue()


def frames(response: httpx.Response) -> Floats:
    assert response.status_code == 200, response.text
    return np.array(response.json()["frames"]).reshape(-1, len(response.json()["names"]))


def error(response: httpx.Response, status: int) -> str:
    assert response.status_code == status
    assert list(response.json()) == ["error"]
    return response.json()["error"]


def test_a_whole_speech_is_the_librarys(served: Served, bundled, voice) -> None:
    answer = ask(served, voice.tobytes(), audio_format="pcm", sample_rate=24_000, seed=1)
    assert list(answer.json()) == ["names", "frames", "frame_rate"]
    assert answer.json()["names"] == list(bundled.names)
    assert answer.json()["frame_rate"] == 30
    expected = bundled.animate(voice, 24_000, seed=1).weights
    np.testing.assert_allclose(frames(answer), expected, atol=TEXT)


@pytest.mark.parametrize("format", ["mp3", "wav", "ogg", "flac"])
@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_files(served: Served, bundled, speech_24k, format: str, rate: int) -> None:
    """At the file's own rate, whatever the request says; mp3 is the default."""
    data = file(speech_24k[:rate], rate, format)
    samples, _ = soundfile.read(io.BytesIO(data), dtype="float32")
    named = {} if format == "mp3" else {"audio_format": format}
    answer = ask(served, data, sample_rate=8_000, seed=1, **named)
    expected = bundled.animate(samples, rate, seed=1).weights
    assert len(frames(answer)) == count(len(samples), rate)
    np.testing.assert_allclose(frames(answer), expected, atol=1e-4)


@pytest.mark.parametrize(
    ("name", "rate", "heard", "dtype"),
    [
        ("pcm", None, 16_000, np.int16),
        ("pcm", 24_000, 24_000, np.int16),
        ("PCM", 8_000, 8_000, np.int16),
        ("pcm_24000_16bit_mono", None, 24_000, np.int16),
        ("pcm_24000_16bit_mono", 24_000, 24_000, np.int16),
        ("pcm_16000_float32", None, 16_000, np.float32),
        ("linear16", 48_000, 48_000, np.int16),
    ],
)
def test_raw_samples(served: Served, bundled, speech_24k, name, rate, heard, dtype) -> None:
    """24 kHz stay 24 kHz: an old server made one and a half times the frames."""
    samples = speech_24k[:20_000].astype(np.float32)
    samples = pcm(samples) if dtype is np.int16 else samples
    answer = ask(served, samples.tobytes(), audio_format=name, sample_rate=rate, seed=0)
    assert len(frames(answer)) == count(len(samples), heard)
    expected = bundled.animate(samples, heard, seed=0).weights
    np.testing.assert_allclose(frames(answer), expected, atol=TEXT)


@pytest.mark.parametrize("format", ["mp3", "wav", "ogg", "flac"])
def test_a_file_called_pcm_is_still_a_file(served: Served, speech_24k, format: str) -> None:
    data = file(speech_24k[:24_000], 24_000, format)
    assert len(frames(ask(served, data, audio_format="pcm", sample_rate=16_000))) == 30


@pytest.mark.parametrize("samples", [1, 799, 800, 801, 12_345])
def test_short_chunks_have_their_frames(served: Served, voice, samples: int) -> None:
    answer = ask(served, voice[:samples].tobytes(), audio_format="pcm_24000_16bit_mono")
    assert len(frames(answer)) == count(samples, 24_000)


def test_both_shapes_of_frames(served: Served, voice) -> None:
    asked = {"audio_format": "pcm_24000_16bit_mono", "seed": 0}
    lists = ask(served, voice.tobytes(), **asked).json()["frames"]
    objects = ask(served, voice.tobytes(), frames="objects", **asked).json()["frames"]
    assert objects == [{"weights": weights} for weights in lists]


def session(
    served: Served, chunks: list[np.ndarray], name: str, rate: int = 24_000, **fields: object
) -> list[Floats]:
    """The frames of each chunk."""
    last = len(chunks) - 1
    return [
        frames(
            ask(
                served,
                chunk.tobytes(),
                audio_format="pcm",
                sample_rate=rate,
                session_id=name,
                is_start=number == 0,
                is_final=number == last,
                **fields,
            )
        )
        for number, chunk in enumerate(chunks)
    ]


@pytest.mark.parametrize("pieces", [2, 17])
@pytest.mark.parametrize("rate", [16_000, 24_000])
def test_a_session_carries_its_context(
    served: Served, bundled, voice, pieces: int, rate: int
) -> None:
    """Each chunk has its own frames at once; together they are the whole speech's.

    Only frames at a chunk's end may differ, because they were told before what follows was known.
    """
    chunks = np.array_split(voice, pieces)
    told = session(served, chunks, f"carry-{pieces}-{rate}", rate, seed=2)
    heard = np.cumsum([len(chunk) for chunk in chunks])
    assert np.cumsum([len(t) for t in told]).tolist() == [count(h, rate) for h in heard.tolist()]
    whole = bundled.animate(voice, rate, seed=2).weights
    found = np.concatenate(told)
    spec = bundled.spec
    held = spec.lookahead + spec.hop + 1 + 1  # and smoothing, the resampler: told early at most
    if pieces == 2:
        middle = len(told[0])
        np.testing.assert_allclose(found[: middle - held], whole[: middle - held], atol=TEXT)
        np.testing.assert_allclose(found[middle + 2 :], whole[middle + 2 :], atol=TEXT)
    assert np.abs(found - whole).mean() < 0.02


def test_context_is_carried_not_blank(served: Served, bundled, voice) -> None:
    """The second chunk is not what it would be alone: its onsets come from the first."""
    chunks = np.array_split(voice, 2)
    second = session(served, chunks, "carried", seed=2, post="raw")[1]
    whole = bundled.animate(voice, 24_000, post=None).weights[-len(second) :]
    alone = bundled.animate(chunks[1], 24_000, post=None).weights[-len(second) :]
    assert np.abs(second - whole).max() < 1e-5
    assert np.abs(alone - whole)[:15].max() > 0.01


def test_is_start_begins_afresh(served: Served, voice) -> None:
    first = ask(served, voice.tobytes(), session_id="again", is_final=False, **RAW)
    again = ask(served, voice.tobytes(), session_id="again", is_final=False, **RAW)
    assert np.array_equal(frames(first), frames(again))


def test_an_unknown_session_begins_afresh(served: Served, voice) -> None:
    asked = {**RAW, "is_start": False, "is_final": True}
    answer = ask(served, voice.tobytes(), session_id="never heard of", **asked)
    assert len(frames(answer)) == count(len(voice), 24_000)


def test_a_session_can_end_without_audio(served: Served, voice) -> None:
    before = served.metric("a2e_sessions")
    ask(served, voice.tobytes(), session_id="ends", is_final=False, **RAW)
    assert served.metric("a2e_sessions") == before + 1
    answer = ask(served, session_id="ends", is_start=False)
    assert len(frames(answer)) == 0
    assert served.metric("a2e_sessions") == before


def test_unnamed_speeches_never_meet(served: Served, bundled, voice) -> None:
    """Everybody's session_id is 'unknown' then."""
    parts = [voice[i * 3_000 :] for i in range(8)]
    found = at_once([lambda p=p: ask(served, p.tobytes(), **RAW) for p in parts])
    for part, answer in zip(parts, found, strict=True):
        expected = bundled.animate(part, 24_000, seed=0).weights
        np.testing.assert_allclose(frames(answer), expected, atol=TEXT)


def at_once(works: list) -> list:
    found: dict[int, httpx.Response] = {}
    threads = [
        threading.Thread(target=lambda i=i, work=work: found.update({i: work()}))
        for i, work in enumerate(works)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [found[i] for i in range(len(works))]


def test_sessions_side_by_side(served: Served, voice) -> None:
    chunks = [np.array_split(voice[i * 5_000 :], 4) for i in range(4)]
    alone = [session(served, c, f"alone-{i}", seed=i) for i, c in enumerate(chunks)]
    found = at_once(
        [lambda i=i, c=c: session(served, c, f"beside-{i}", seed=i) for i, c in enumerate(chunks)]
    )
    for one, other in zip(alone, found, strict=True):
        assert np.array_equal(np.concatenate(one), np.concatenate(other))


def test_requests_of_one_session_take_turns(served: Served, voice) -> None:
    """No frame is lost or doubled where a client does not wait for its answers."""
    asked = {**RAW, "session_id": "hasty", "is_final": False}
    first = frames(ask(served, voice.tobytes(), **asked))
    more = at_once(
        [lambda: ask(served, voice.tobytes(), is_start=False, **asked) for _ in range(6)]
    )
    last = frames(ask(served, voice.tobytes(), **asked | {"is_start": False, "is_final": True}))
    total = len(first) + sum(len(frames(m)) for m in more) + len(last)
    assert total == count(8 * len(voice), 24_000)


def test_a_refused_chunk_leaves_the_session_as_it_was(served: Served, voice) -> None:
    chunks = np.array_split(voice, 3)
    expected = session(served, chunks, "clean", seed=0)
    asked = {**RAW, "session_id": "marred"}
    found = [frames(ask(served, chunks[0].tobytes(), is_final=False, **asked))]
    asked["is_start"] = False
    error(ask(served, chunks[1].tobytes(), is_final=False, **asked | {"seed": "x"}), 400)
    error(ask(served, chunks[1].tobytes(), is_final=True, **asked | {"style": "no such"}), 400)
    error(
        ask(served, b"\0\0", session_id="marred", audio_format="pcm_16000_float32"),
        400,
    )
    found.append(frames(ask(served, chunks[1].tobytes(), is_final=False, **asked)))
    found.append(frames(ask(served, chunks[2].tobytes(), **asked)))
    assert all(np.array_equal(e, f) for e, f in zip(expected, found, strict=True))


def test_gains_for_clients_that_see_too_little(served: Served, bundled, voice) -> None:
    controls = a2e.Controls(gain={"jawOpen": 1.8}, offset={"mouthSmileLeft": 0.1})
    expected = bundled.animate(voice, 24_000, controls=controls, style="subtle", seed=0).weights
    asked = {"gain": {"jawOpen": 1.8}, "offset": {"mouthSmileLeft": 0.1}, "style": "subtle"}
    np.testing.assert_allclose(
        frames(ask(served, voice.tobytes(), **asked, **RAW)), expected, atol=TEXT
    )


def test_a_head_that_moves_and_a_mood(served: Served, bundled, voice) -> None:
    controls = a2e.Controls(mood={"sadness": 0.7})
    clip = bundled.animate(
        voice, 24_000, controls=controls, post=a2e.Live(head=True, gaze=False), seed=0
    )
    asked = {"mood": {"sadness": 0.7}, "head": True, "gaze": False}
    answer = ask(served, voice.tobytes(), **asked, **RAW)
    assert answer.json()["names"] == list(clip.names)
    np.testing.assert_allclose(frames(answer), clip.weights, atol=TEXT)
    parts = session(served, np.array_split(voice, 3), "posed", seed=0, head=True, gaze=False)
    assert np.concatenate(parts).shape == clip.weights.shape


def test_rates_knobs_and_visemes(served: Served, bundled, voice) -> None:
    fields = {"fps": "24000/1001", "delay": 40, "strength": 1.4, "regions": {"jaw": 0.8}}
    answer = ask(served, voice.tobytes(), **RAW, **fields, smooth={"lips": 30})
    found = answer.json()
    assert list(found) == ["names", "frames", "frame_rate", "fps_exact"]
    assert found["frame_rate"] == pytest.approx(23.976024)
    assert found["fps_exact"] == [24_000, 1001]
    controls = a2e.Controls(strength=1.4, regions={"jaw": 0.8})
    options = {"fps": 23.976, "delay": 40, "smooth": {"lips": 30}, "controls": controls}
    expected = bundled.animate(voice, 24_000, seed=0, **options).weights
    np.testing.assert_allclose(frames(answer), expected, atol=TEXT)
    answer = ask(served, voice.tobytes(), **RAW, preset="vroid", fps=60)
    controls = a2e.Controls(strength=1.3)
    expected = bundled.animate(voice, 24_000, seed=0, fps=60, shapes="vrm", controls=controls)
    assert answer.json()["names"] == list(expected.names)
    assert answer.json()["frame_rate"] == 60
    np.testing.assert_allclose(frames(answer), expected.weights, atol=TEXT)


def test_a_session_at_another_rate_has_all_its_frames(served: Served, voice) -> None:
    got = 0
    for start in range(0, 24_000, 5_000):
        part, final = voice[start : min(24_000, start + 5_000)], start + 5_000 >= 24_000
        fields = {"session_id": "rate", "is_start": start == 0, "is_final": final, "fps": 60}
        answer = ask(served, part.tobytes(), **RAW, **fields)
        got += len(frames(answer))
        assert got == -(-min(24_000, start + 5_000) * 60 // 24_000)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"fps": 0}, "fps must be a number from 1 to 240"),
        ({"fps": "fast"}, "fps must be a number from 1 to 240"),
        ({"fps": True}, "request.fps"),
        ({"delay": -2_000}, "delay must be milliseconds"),
        ({"strength": 9}, "strength must be a number from 0 to 2"),
        ({"regions": {"nose": 1}}, "there is no region"),
        ({"smooth": {"jaw": -1}}, "the smoothing of jaw"),
        ({"shapes": "disney"}, "request.shapes"),
        ({"preset": "/etc/passwd"}, "there is no preset"),
    ],
)
def test_knobs_that_cannot_be(served: Served, voice, fields, told) -> None:
    assert told in error(ask(served, voice.tobytes(), **RAW, **fields), 400)


def test_blinks_come_in_short_chunks_too(served: Served) -> None:
    """Thirty frames at a time an old server hardly ever blinked."""
    second = np.zeros(24_000, np.int16)
    told = np.concatenate(session(served, [second] * 12, "blinks", seed=1))
    lid = told[:, a2e.load().names.index("eyeBlinkLeft")]
    assert 2 <= np.count_nonzero(np.diff((lid > 0.5).astype(int)) == 1) <= 8


class TestBadRequests:
    def test_no_audio(self, served: Served) -> None:
        assert "audio_base64 is missing" in error(ask(served), 400)
        assert "audio_base64 is missing" in error(ask(served, audio_base64=None), 400)

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"[" * 10_000, b"\xff"])
    def test_json(self, served: Served, body: bytes) -> None:
        answer = HTTP.post(served.url + "/api/audio2expression", content=body)
        assert "expected a JSON object" in error(answer, 400)

    @pytest.mark.parametrize("text", ["%%%", "AAAAA", "AA==AA==", "ä"])
    def test_base64(self, served: Served, text: str) -> None:
        assert "standard base64" in error(ask(served, audio_base64=text), 400)

    @pytest.mark.parametrize("format", ["mp3", "wav", "ogg", "flac"])
    def test_files_that_are_none(self, served: Served, format: str) -> None:
        told = error(ask(served, b"no audio at all", audio_format=format), 400)
        assert f"called {format}" in told
        assert "audio_format pcm" in told

    @pytest.mark.parametrize("format", ["aac", "pcm_24bit", "pcm_x", ""])
    def test_formats(self, served: Served, format: str) -> None:
        assert "audio_format must be" in error(ask(served, b"\0\0", audio_format=format), 400)

    def test_samples(self, served: Served) -> None:
        odd = ask(served, b"\0", audio_format="pcm")
        assert "whole number of 2-byte samples" in error(odd, 400)
        bad = np.array([np.nan], np.float32).tobytes()
        assert "NaN" in error(ask(served, bad, audio_format="pcm_16000_float32"), 400)

    @pytest.mark.parametrize("rate", [0, 7_999, 192_001, -1])
    def test_rates(self, served: Served, rate: int) -> None:
        asked = ask(served, b"\0\0", audio_format="pcm_float32" if not rate else "pcm")
        assert asked.status_code in (200, 400)
        if rate:
            told = error(ask(served, b"\0\0", audio_format="pcm", sample_rate=rate), 400)
            assert "8000 to 192000" in told

    def test_rates_that_contradict_each_other(self, served: Served) -> None:
        told = error(
            ask(served, b"\0\0", audio_format="pcm_24000_16bit_mono", sample_rate=16_000), 400
        )
        assert "24000 Hz and sample_rate says 16000" in told

    def test_a_session_keeps_its_rate(self, served: Served) -> None:
        asked = {"audio_format": "pcm", "session_id": "rates"}
        ask(served, b"\0\0", sample_rate=24_000, is_final=False, **asked)
        told = error(ask(served, b"\0\0", sample_rate=16_000, is_start=False, **asked), 400)
        assert "expected audio at 24000 Hz" in told

    @pytest.mark.parametrize(
        ("fields", "told"),
        [
            ({"gain": {"jawOpne": 2}}, "did you mean jawOpen"),
            ({"style": 99}, "style must be 0 to 2"),
            ({"is_start": "maybe"}, "request.is_start"),
            ({"sample_rate": "fast"}, "request.sample_rate"),
            ({"post": "magic"}, "request.post"),
            ({"mood": {"joi": 1}}, "there is no mood 'joi'; expected one of amazement"),
            ({"mood": {"joy": 2}}, "the mood joy must be a number from 0 to 1"),
            ({"mood": 1}, "request.mood"),
            ({"head": True, "post": "raw"}, "only the live profile moves eyes and head"),
        ],
    )
    def test_options(self, served: Served, fields: dict, told: str) -> None:
        asked = {"audio_format": "pcm"} | fields
        assert told in error(ask(served, b"\0\0", **asked), 400)

    def test_nothing_that_was_sent_comes_back(self, served: Served) -> None:
        secret = base64.b64encode(b"secret" * 50).decode()
        assert secret[:20] not in ask(served, audio_base64=secret, audio_format="pcm").text

    def test_unknown_paths(self, served: Served) -> None:
        answer = HTTP.get(served.url + "/nowhere")
        assert "Not Found" in error(answer, 404)


def test_limits(voice) -> None:
    with serving(max_seconds=1, max_body=100_000, max_sessions=2) as served:
        second = voice[:24_000].tobytes()
        assert len(frames(ask(served, second, **RAW))) == 30
        assert "at most 1 s" in error(ask(served, voice[:24_001].tobytes(), **RAW), 413)
        assert "at most 100000 bytes" in error(ask(served, bytes(100_000), **RAW), 413)
        quiet = file(np.zeros(24_000 * 9, np.int16), 24_000, "flac")
        assert len(quiet) < 10_000
        assert "at most 1 s" in error(ask(served, quiet, audio_format="flac"), 413)
        for name in "ab":
            frames(ask(served, second, session_id=name, is_final=False, **RAW))
        refused = ask(served, second, session_id="c", is_final=False, **RAW)
        assert "at most 2 sessions" in error(refused, 503)
        assert refused.headers["retry-after"] == "1"
        frames(ask(served, second, session_id="a", is_start=False, **RAW))
        frames(ask(served, second, session_id="c", is_final=False, **RAW))


def test_bodies_of_no_told_length_are_bounded_too(voice) -> None:
    with serving(max_body=100_000) as served:
        answer = HTTP.post(
            served.url + "/api/audio2expression", content=(bytes(10_000) for _ in range(20))
        )
        assert "at most 100000 bytes" in error(answer, 413)


def test_idle_sessions_are_forgotten(voice) -> None:
    with serving(idle_timeout=0.2) as served:
        frames(ask(served, voice.tobytes(), session_id="idle", is_final=False, **RAW))
        assert served.metric("a2e_sessions") == 1
        threading.Event().wait(0.3)
        served.service.sessions.sweep()
        assert served.metric("a2e_sessions") == 0


def test_parallel_calls_wait_for_their_turn(voice) -> None:
    """Old clients were turned away with 503 as soon as two came at once."""
    with serving(threads=1, max_waiting=20) as served:
        found = at_once([lambda: ask(served, voice.tobytes(), **RAW)] * 16)
        assert {answer.status_code for answer in found} == {200}


def test_health_openapi_and_request_numbers(served: Served) -> None:
    health = HTTP.get(served.url + "/health").json()
    assert health == {
        "status": "healthy",
        "engine_ready": True,
        "mode": "cached",
        "device": "cpu",
        "version": a2e.__version__,
    }
    assert HTTP.head(served.url + "/health").status_code == 200
    document = HTTP.get(served.url + "/openapi.json").json()
    assert "audio_base64" in str(document["paths"]["/api/audio2expression"]["post"]["requestBody"])
    assert list(document["components"]["securitySchemes"]) == ["APIKeyHeader", "HTTPBearer"]
    assert "swagger" in HTTP.get(served.url + "/docs").text
    before = served.metric('a2e_errors_total{code="bad_request"}')
    ask(served)
    assert served.metric('a2e_errors_total{code="bad_request"}') == before + 1
    assert served.metric('a2e_requests_total{status="400"}') > 0
