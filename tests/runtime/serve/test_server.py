"""``a2e serve`` as a process: its start, its end, and what it prints."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import time

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.harness.faults import KEY, SECRET, Target
from tests.harness.faults.drain import until_stopped
from tests.harness.server import COMMAND, server

pytestmark = pytest.mark.slow
READY_SECONDS = 30
"""A second on a machine that does nothing else (docs/service.md)."""


def run(*options: str) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, "serve", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_health_answers_before_the_model_is_there() -> None:
    start = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    command = [*COMMAND, "serve", "--port", port]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        seen, ready = [], []
        while "healthy" not in seen and time.monotonic() - start < READY_SECONDS:
            try:
                ready.append(httpx.get(f"http://127.0.0.1:{port}/ready").status_code)
                health = httpx.get(f"http://127.0.0.1:{port}/health").json()
                assert health["engine_ready"] == (health["status"] == "healthy")
                seen.append(health["status"])
            except httpx.ConnectError:
                time.sleep(0.005)
    finally:
        process.terminate()
        assert process.wait(20) == 0
    assert (seen[0], seen[-1]) == ("loading", "healthy")
    assert ready[0] == 503


def test_sigterm_lets_speeches_end() -> None:
    """No frame is lost that a client was told of: one speech ends in time, one is cut short."""

    async def scene(target: Target) -> list[int]:
        streams = [asyncio.create_task(until_stopped(target, ends=ends)) for ends in (True, False)]
        await asyncio.sleep(0.5)
        served.process.send_signal(signal.SIGTERM)
        return await asyncio.gather(*streams)

    with server(["--drain-seconds", "1", "--api-key", KEY]) as served:
        ended, cut = asyncio.run(scene(Target(served.url)))
        assert served.wait() == 0
        assert ended == 30
        assert 30 <= cut <= 75


def test_a_service_that_stops_is_not_ready() -> None:
    """The probe's own connection is older than the signal, for nobody is let in any more."""
    with server(["--drain-seconds", "123"]) as served, httpx.Client(base_url=served.url) as probe:
        assert probe.get("/ready").status_code == 200
        with connect(served.live) as speaker:
            speaker.send('{"type": "start", "rate": 16000}')
            speaker.send(bytes(3_200))
            served.process.send_signal(signal.SIGTERM)
            while (answer := probe.get("/ready")).status_code == 200:
                time.sleep(0.01)
            assert (answer.status_code, answer.json()["status"]) == (503, "draining")
            assert probe.get("/health").status_code == 200
            speaker.send('{"type": "end"}')
            with pytest.raises(ConnectionClosed):
                while True:
                    speaker.recv(timeout=20)
            assert speaker.close_code == 1012
        assert served.wait() == 0
    assert any("speeches have 123 s to end" in line for line in served.log)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_service_stops_at_once(number: int) -> None:
    with server() as served:
        start = time.monotonic()
        served.process.send_signal(number)
        assert served.wait() == 0
        assert time.monotonic() - start < 8


def test_the_log_tells_nothing_of_clients() -> None:
    async def clients(target: Target) -> None:
        await target.post(audio_base64="AAAA", audio_format="pcm", session_id=SECRET)
        await target.post(audio_base64="!!", audio_format=SECRET)
        async with target.connect(f"/ws/a2e?key={KEY}", headers={}) as connection:
            await connection.send(f'{{"type": "{SECRET}"}}')
            await connection.wait_closed()
        async with target.connect(f"/ws/lam_data_stream/{SECRET}") as connection:
            await connection.recv()
        async with httpx.AsyncClient() as client:
            await client.get(f"{target.url}/{SECRET}?key={KEY}")

    with server(["--api-key", KEY]) as served:
        asyncio.run(clients(Target(served.url)))
        served.process.terminate()
        served.wait()
    log = "\n".join(served.log)
    assert "serving on http://127.0.0.1" in log
    assert "ready: up to" in log
    assert not any(word in log for word in (KEY, SECRET, "AAAA", "/api", "/ws", "Traceback"))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--host", "0.0.0.0"], "can be reached from other machines"),
        (["--model", "no-such.onnx", "--port", "0"], "there is no model file at no-such.onnx"),
        (["--max-streams", "0"], "max-streams must be more than 0"),
        (["--style", "3", "--port", "0"], "style must be 0 to 2"),
    ],
)
def test_what_cannot_be_served_is_told_in_a_line(options: list[str], told: str) -> None:
    found = run(*options)
    assert found.returncode == 1
    assert told in found.stderr
    assert "Traceback" not in found.stderr


def test_a_port_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        found = run("--port", str(taken.getsockname()[1]))
    assert found.returncode == 1
    assert "give another --host or --port" in found.stderr
