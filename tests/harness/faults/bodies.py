"""Abuse by what is in one request."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import soundfile

from a2e.data import SPEECH
from tests.harness.faults.harm import SEND_TIMEOUT, Victim, abuse
from tests.harness.faults.target import KEY, answered, ending, expect

PATH = "/api/audio2expression"
MB = 1_000_000
PCM: dict[str, object] = {"audio_base64": "AAAAAAAA", "audio_format": "pcm"}
DIGITS = "9" * 5_000
LONGEST_ERROR = 4_000
"""Bytes of an error's answer: it does not repeat what came."""
PROMISED_FRAMES = 1 << 28
MANY_CHANNELS = Path(__file__).with_name("many_channels.ogg")
"""A second of silence at 192 kHz in 255 channels, as libsndfile writes it: 10 KB."""


@abuse("JSON nested 16 million deep")
async def nested(victim: Victim) -> str:
    return await refused(await send(victim, b"[" * (16 * MB)), 413)


@abuse("16 MB of lists in lists")
async def lists(victim: Victim) -> str:
    item = b"[[[[[]]]]],"
    many = item * (15_900_000 // len(item))
    body = b'{"audio_base64": "AAAAAAAA", "audio_format": "pcm", "volume": [' + many + b"[]]}"
    answer = await send(victim, body)
    assert answer.status_code in (200, 413), answer.status_code  # an unknown field is ignored
    return str(answer.status_code)


@abuse("a style of 14 MB")
async def long_style(victim: Victim) -> str:
    return await refused(await victim.post(**PCM, style="x" * (14 * MB)), 400)


@abuse("15 MB of digits in JSON")
async def long_number(victim: Victim) -> str:
    body = b'{"audio_base64": "AAAAAAAA", "audio_format": "pcm", "seed": ' + b"9" * (15 * MB) + b"}"
    return await refused(await send(victim, body), 400)


@abuse("numbers and names of 5,000 digits")
async def digits(victim: Victim) -> str:
    bodies: list[Any] = [
        *({"audio_format": f"pcm_{DIGITS}"}, {"style": DIGITS}, {"style": {DIGITS: 1}}),
        *({"audio_format": DIGITS}, {"style": {"²": 1}}, {"mute": [DIGITS]}),
    ]
    texts = [json.dumps(PCM | fields) for fields in bodies]
    for name in ("seed", "sample_rate", "style", "track"):
        texts.append(f'{{"audio_base64": "AAAAAAAA", "audio_format": "pcm", "{name}": {DIGITS}}}')
    for text in texts[:-1]:
        await refused(await send(victim, text.encode()), 400)
    answer = await send(victim, texts[-1].encode())
    assert answer.status_code in (200, 400), answer.status_code  # an unknown field is ignored
    for start in ({"style": {DIGITS: 1}}, {"style": DIGITS}, {"rate": DIGITS}):
        async with victim.talk(**start) as connection:
            outcome = await ending(connection)
        assert outcome in ("bad_request, close 1003", "bad_audio, close 1007"), outcome
    return f"400 for each of {len(texts)}"


@abuse("an origin that is no URL")
async def origin(victim: Victim) -> str:
    async with victim.connect(origin="http://[") as connection:
        outcome = expect(await ending(connection), "bad_origin, close 1008")
    async with httpx.AsyncClient() as client:
        headers = victim.headers | {"Origin": "http://["}
        for path in (PATH, "/metrics", "/health"):
            answer = await client.get(victim.url + path, headers=headers)
            assert answer.status_code < 500, f"{path}: {answer.status_code}"
    return f"{outcome}; no 500"


@abuse("an OGG of 255 channels")
async def channels(victim: Victim) -> str:
    return await refused(await post_file(victim, MANY_CHANNELS.read_bytes(), "ogg"), 400)


@abuse("files of a million chunks")
async def chunks(victim: Victim) -> str:
    chunk = b"JUNK\0\0\0\0" * 1_200_000
    heads = (b"RIFF\0\0\0\0WAVE", b"FORM\0\0\0\0AIFF", b"RIFF\0\0\0\0AVI ")
    tags = b"ID3\4\0\0\0\0\0\0" * 1_000_000
    for body in (*(head + chunk for head in heads), tags):
        await refused(await send(victim, body), 400)
    return f"400 for each of {len(heads) + 1}"


@abuse("a form as long as a body may be")
async def form(victim: Victim) -> str:
    silence = io.BytesIO()
    soundfile.write(silence, np.zeros(7_500_000, np.int16), 48_000, format="WAV")
    async with httpx.AsyncClient(timeout=60) as client:
        answer = await client.post(
            victim.url + PATH, files={"file": silence.getvalue()}, headers=victim.headers
        )
    return await refused(answer, 413)  # longer than a clip may be


@abuse("an MP3 that promises 2^28 frames")
async def promises(victim: Victim) -> str:
    data = speech("MP3")
    head = bytearray(data[:400])
    place = max(head.find(b"Xing"), head.find(b"Info"))
    assert place > 0, "expected a VBR header in the MP3"
    assert head[place + 7] & 1, "expected a number of frames in it"
    head[place + 8 : place + 12] = PROMISED_FRAMES.to_bytes(4, "big")
    async with asyncio.timeout(20):
        answer = await post_file(victim, bytes(head) + data[400:], "mp3")
    seconds = soundfile.info(SPEECH).duration
    frames = len(answer.json().get("frames", ()))
    honest = answer.status_code == 200 and abs(frames - 30 * seconds) < 8
    assert honest or answer.status_code == 400, f"{answer.status_code}, {frames} frames"
    return f"{answer.status_code}, {frames} frames"


@abuse("damaged audio")
async def damaged(victim: Victim) -> str:
    outcomes = []
    for container, data in (("flac", SPEECH.read_bytes()), ("wav", speech("WAV"))):
        half = len(data) // 2
        cases = {
            "cut off": data[:half],
            "head alone": data[:80],
            "hole": data[:half] + bytes(half // 2) + data[half + half // 2 :],
            "noise": data[:60] + np.random.default_rng(0).bytes(half),
        }
        for name, case in cases.items():
            if container == "wav" and name in ("hole", "noise"):
                continue  # samples like any others
            outcomes.append(f"{container} {name} {await honest(victim, case, container)}")
    return ", ".join(outcomes)


async def honest(victim: Victim, data: bytes, container: str) -> int:
    """The status; a 200 has frames and says that something is wrong with the file."""
    answer = await post_file(victim, data, container)
    assert answer.status_code in (200, 400), answer.status_code
    if answer.status_code == 200:
        assert answer.json()["frames"], "200 without a frame"
        assert answer.json().get("warnings"), f"200 without a warning for a damaged {container}"
    return answer.status_code


@abuse("Content-Length beside Transfer-Encoding")
async def smuggled(victim: Victim) -> str:
    host = "{}:{}".format(*victim.address)
    head = f"Host: {host}\r\nX-API-Key: {KEY}\r\n"
    inner = f"GET /metrics HTTP/1.1\r\n{head}\r\n"
    both = f"Content-Length: {5 + len(inner)}\r\nTransfer-Encoding: chunked\r\n"
    reader, writer = await asyncio.open_connection(*victim.address)
    writer.write(f"POST {PATH} HTTP/1.1\r\n{head}{both}\r\n0\r\n\r\n{inner}".encode())
    async with asyncio.timeout(10 * SEND_TIMEOUT):
        answer = b""
        with suppress(ConnectionResetError):
            while part := await reader.read(1 << 16):
                answer += part
    writer.close()
    assert len(re.findall(rb"HTTP/1\.1 \d{3} ", answer)) == 1, "two answers to one request, or none"
    assert answer.startswith(b"HTTP/1.1 4"), answer[:60]
    return "one answer of 4xx, and the connection is closed"


def speech(container: str) -> bytes:
    """The bundled sentence in another container."""
    samples, rate = soundfile.read(SPEECH, dtype="float32")
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=container)
    return file.getvalue()


async def post_file(victim: Victim, data: bytes, format: str) -> httpx.Response:
    return await victim.post(audio_base64=base64.b64encode(data).decode(), audio_format=format)


async def send(victim: Victim, body: bytes) -> httpx.Response:
    async with httpx.AsyncClient(timeout=60) as client:
        headers = victim.headers | {"Content-Type": "application/json"}
        return await client.post(victim.url + PATH, content=body, headers=headers)


async def refused(answer: httpx.Response, status: int) -> str:
    """Checks a short error with this status."""
    assert len(answer.content) < LONGEST_ERROR, f"{len(answer.content)} bytes of answer"
    return await answered(answer, status, "")
