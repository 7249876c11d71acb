"""Faults of clients of ``POST /api/audio2expression``."""

from __future__ import annotations

import asyncio
import base64
import json
import socket

import httpx

from tests.harness.faults.target import KEY, SECRET, Target, answered, fault


@fault("REST: no audio")
async def rest_missing(target: Target) -> str:
    return await answered(await target.post(), 400, "audio_base64 is missing")


@fault("REST: no base64")
async def rest_base64(target: Target) -> str:
    return await answered(await target.post(audio_base64="%%%"), 400, "standard base64")


@fault("REST: no JSON")
async def rest_json(target: Target) -> str:
    async with httpx.AsyncClient(verify=False) as client:
        url = target.url + "/api/audio2expression"
        answer = await client.post(url, content=b"{", headers=target.headers)
    return await answered(answer, 400, "expected a JSON object")


@fault("REST: a file that is none")
async def rest_file(target: Target) -> str:
    noise = base64.b64encode(b"RIFF" + bytes(range(256)) * 20).decode()
    return await answered(await target.post(audio_base64=noise, audio_format="wav"), 400, "wav")


@fault("REST: half a sample")
async def rest_dtype(target: Target) -> str:
    odd = base64.b64encode(b"\0\0\0").decode()
    answer = await target.post(audio_base64=odd, audio_format="pcm")
    return await answered(answer, 400, "whole number of 2-byte samples")


@fault("REST: a clip that is too long")
async def rest_long(target: Target) -> str:
    audio = base64.b64encode(bytes(8_000 * 2 * 21)).decode()
    answer = await target.post(audio_base64=audio, audio_format="pcm", sample_rate=8_000)
    return await answered(answer, 413, "at most 20 s")


@fault("REST: a body that is too big")
async def rest_big(target: Target) -> str:
    return await answered(await target.post(audio_base64="A" * 2_000_000), 413, "at most 2000000")


@fault("REST: a body that never ends")
async def rest_slow(target: Target) -> str:
    reader, writer = await asyncio.open_connection(*target.address)
    writer.write(f"{head(target)}Content-Length: 1000\r\n\r\n".encode())
    answer = asyncio.create_task(reader.read())
    while not answer.done():
        writer.write(b" ")
        await asyncio.sleep(0.2)
    writer.close()
    assert b" 408 " in answer.result(), answer.result()
    assert b"the whole body within" in answer.result()
    return "408 and closed after six send timeouts"


@fault("REST: more requests than may wait")
async def rest_crowd(target: Target) -> str:
    audio = base64.b64encode(bytes(8_000 * 2 * 10)).decode()
    asked = {"audio_base64": audio, "audio_format": "pcm", "sample_rate": 8_000}
    answers = await asyncio.gather(*(target.post(**asked) for _ in range(14)))
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) == {200, 503}, statuses
    assert all(len(a.json()["frames"]) == 300 for a in answers if a.status_code == 200)
    return f"{statuses.count(200)} × 200 with all frames, {statuses.count(503)} × 503"


@fault("REST: a client that vanishes while it waits")
async def rest_vanish(target: Target) -> str:
    audio = base64.b64encode(bytes(8_000 * 2 * 20)).decode()
    fields = {"audio_base64": audio, "audio_format": "pcm", "sample_rate": 8_000}
    fields |= {"session_id": SECRET}
    body = json.dumps(fields).encode()
    client = socket.create_connection(target.address)
    client.sendall(f"{head(target)}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    client.close()
    await target.becomes('a2e_requests_total{status="499"}', 1)
    return "no longer computed"


def head(target: Target) -> str:
    """The head of a request, but for its length."""
    host, port = target.address
    return f"POST /api/audio2expression HTTP/1.1\r\nHost: {host}:{port}\r\nX-API-Key: {KEY}\r\n"
