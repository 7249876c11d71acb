"""Faults of clients of ``/ws/a2e``."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from contextlib import suppress
from typing import Any

import httpx
import numpy as np
from websockets.asyncio.client import ClientConnection

from tests.harness.faults.target import (
    LIMITS,
    SECOND,
    Target,
    answered,
    ending,
    expect,
    fault,
    frames_in,
    raw_client,
    sends,
    ws_frame,
)


@fault("text that is no JSON")
async def no_json(target: Target) -> str:
    return await sends(target, "bad_request, close 1003", "{no json")


@fault("JSON nested 30,000 deep")
async def nested(target: Target) -> str:
    return await sends(target, "bad_request, close 1003", "[" * 30_000)


@fault("text that is no UTF-8")
async def no_utf8(target: Target) -> str:
    async with target.talk() as connection:
        await connection.send(b"\xff\xfe{}", text=True)
        return expect(await ending(connection), "no error, close 1007")


@fault("a message of an unknown type")
async def unknown_type(target: Target) -> str:
    return await sends(target, "bad_request, close 1003", '{"type": "dance"}')


@fault("audio before start")
async def early_audio(target: Target) -> str:
    async with target.connect() as connection:
        await connection.send(SECOND.tobytes())
        return expect(await ending(connection), "bad_request, close 1003")


@fault("start in mid-speech")
async def late_start(target: Target) -> str:
    start = '{"type": "start", "rate": 24000}'
    return await sends(target, "bad_request, close 1003", SECOND.tobytes(), start)


@fault("a style that is not there")
async def bad_style(target: Target) -> str:
    return await sends(target, "bad_request, close 1003", style="no such")


@fault("a sample rate of 1 Hz")
async def bad_rate(target: Target) -> str:
    return await sends(target, "bad_audio, close 1007", rate=1)


@fault("a sample format of another dtype")
async def bad_dtype(target: Target) -> str:
    return await sends(target, "bad_request, close 1003", sample_format="int24")


@fault("controls for a shape that is not there")
async def bad_controls(target: Target) -> str:
    controls = '{"type": "controls", "gain": {"jawOpne": 2}}'
    return await sends(target, "bad_request, close 1003", controls, SECOND.tobytes())


@fault("NaN in the audio")
async def nan(target: Target) -> str:
    samples = np.full(2_400, np.nan, np.float32).tobytes()
    return await sends(target, "bad_audio, close 1007", samples, sample_format="float32")


@fault("floats that were never scaled")
async def unscaled(target: Target) -> str:
    samples = np.full(2_400, 9_999, np.float32).tobytes()
    return await sends(target, "bad_audio, close 1007", samples, sample_format="float32")


@fault("a message that is too big")
async def big_message(target: Target) -> str:
    return await sends(target, "no error, close 1009", bytes(LIMITS["max_message"] + 1))


@fault("silence after start")
async def idle(target: Target) -> str:
    return await sends(target, "idle, close 1008")


@fault("a connection without start")
async def no_start(target: Target) -> str:
    async with target.connect() as connection:
        return expect(await ending(connection), "idle, close 1008")


@fault("a TCP connection that says nothing")
async def mute(target: Target) -> str:
    reader, writer = await asyncio.open_connection(*target.address)
    async with asyncio.timeout(15):
        try:
            rest = await reader.read()
        except ConnectionResetError:
            rest = b""
    writer.close()
    assert not rest
    return "closed when no request came"


@fault("no key")
async def no_key(target: Target) -> str:
    async with target.connect(headers={}) as connection:
        await connection.send('{"type": "start", "rate": 24000}')
        outcome = expect(await ending(connection), "bad_key, close 1008")
    async with httpx.AsyncClient(verify=False) as client:
        answer = await client.post(target.url + "/api/audio2expression", json={})
        return f"{outcome}; {await answered(answer, 401, 'API key')}"


@fault("a wrong key")
async def wrong_key(target: Target) -> str:
    async with target.connect(headers={"Authorization": "Bearer guess"}) as connection:
        return expect(await ending(connection), "bad_key, close 1008")


@fault("a page of another origin")
async def origin(target: Target) -> str:
    async with target.connect(origin="https://elsewhere.example") as connection:
        return expect(await ending(connection), "bad_origin, close 1008")


@fault("one stream too many")
async def crowd(target: Target) -> str:
    async with asyncio.timeout(20):
        streams = []
        while True:
            stream = await target.connect()
            streams.append(stream)
            await stream.send('{"type": "start", "rate": 24000}')
            answer = json.loads(await stream.recv())
            if answer["type"] == "error":
                break
        outcome = expect(await ending_after(stream, answer), "too_many_streams, close 1013")
        for stream in streams:
            await stream.close()
    return outcome


async def ending_after(connection: ClientConnection, error: dict[str, Any]) -> str:
    await ending(connection)
    return f"{error['code']}, close {connection.close_code}"


@fault("half a minute of audio at once")
async def flood(target: Target) -> str:
    async with target.talk(output="binary") as connection:
        for _ in range(60):
            await connection.send(SECOND.tobytes())
        await connection.send('{"type": "end"}')
        frames = 0
        async for message in connection:
            if isinstance(message, bytes):
                frames += frames_in(message, frames)
            elif json.loads(message)["type"] == "end":
                break
    assert frames == 1_800
    return "read as fast as it is computed; all 1800 frames came"


@fault("3,000 commands at once")
async def commands(target: Target) -> str:
    async with target.talk() as connection:

        async def send() -> None:
            for _ in range(1_500):
                await connection.send('{"type": "end"}')
                await connection.send('{"type": "reset"}')
                await asyncio.sleep(0)

        sending = asyncio.create_task(send())
        answers = last = 0
        async with asyncio.timeout(120):
            async for message in connection:
                answer = json.loads(message)
                assert answer["speech"] >= last
                answers, last = answers + 1, answer["speech"]
                if last == 3_000:
                    break
        await sending
    return f"answered in order, {answers} answers"


@fault("a client that does not read")
async def slow_reader(target: Target) -> str:
    before = await target.metric('a2e_errors_total{code="slow_reader"}')
    client = raw_client(target, "/ws/a2e")

    def send() -> None:
        client.settimeout(15)
        client.sendall(ws_frame(b'{"type":"start","rate":8000}', text=True))
        data = ws_frame(bytes(16_000 * 10))
        with suppress(OSError):
            for _ in range(200):
                client.sendall(data)
            raise AssertionError("the server took everything")

    sending = asyncio.create_task(asyncio.to_thread(send))
    await target.becomes('a2e_errors_total{code="slow_reader"}', before + 1)
    client.shutdown(socket.SHUT_RDWR)
    await sending
    client.close()
    return "slow_reader, close 1008; its stream is free again"


@fault("a client that vanishes in mid-speech")
async def vanish(target: Target) -> str:
    streams = await target.metric("a2e_streams")
    client = raw_client(target, "/ws/a2e")
    client.sendall(ws_frame(b'{"type":"start","rate":24000}', text=True))
    client.sendall(ws_frame(SECOND.tobytes()) * 5)
    await target.becomes("a2e_streams", streams + 1)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    await target.becomes("a2e_streams", streams)
    return "its stream is free again at once"
