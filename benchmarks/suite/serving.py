"""Live streams on a real server: how late frames come, and whether all do.

    python -m benchmarks serving --streams 1 4 8 12
    python -m benchmarks serving --model lam.onnx --name lam --streams 1 2 4

Each run is a fresh ``a2e serve`` and so many WebSocket clients that send 100 ms of speech every
100 ms, each at its own moment. A hop's latency counts from when the audio that completes it was
sent to when its frames have arrived, on the client's side. A row per run goes to
``results/serving.jsonl`` and a table to standard output. The clients share the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray
from websockets.asyncio.client import connect

import a2e
from a2e.data import SPEECH
from a2e.spec import Spec
from benchmarks.harness.rows import Row, Samples, write_row
from tests.harness.faults.target import frames_in
from tests.harness.server import Process, server

CHUNK_SECONDS = 0.1
WARM_SECONDS = 2
"""Left out of the figures: connections open, caches fill."""
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Client:
    """One client's notes."""

    sent: list[float] = field(default_factory=list)
    """When each chunk went out, s."""
    latencies: list[float] = field(default_factory=list)
    """Of each hop, s."""
    frames: int = 0
    lost: int = 0
    """Frames missing, doubled or in the wrong place."""


Talk = Callable[[Client, float], Coroutine[Any, Any, None]]
"""A client's whole speech, which begins after so many seconds."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, help="default: the bundled one")
    parser.add_argument("--name", default="bundled", help="what the rows call the model")
    parser.add_argument("--streams", type=int, nargs="+", default=[1, 4, 8, 12])
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--rate", type=int, default=24_000)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    model = a2e.load(arguments.model)
    voice = speech(arguments.rate)
    frames_by_chunk = frames_after(model, voice, arguments)
    print(f"{'streams':>7}{'p50 ms':>9}{'p99':>8}{'max':>8}{'late':>6}{'lost':>6}", end="")
    print(f"{'cores':>7}{'RSS, MB':>9}{'anonymous':>11}")
    for streams in arguments.streams:
        row = measured(streams, voice, frames_by_chunk, model.spec, arguments)
        write_row(row)
        assert row.time_ms
        assert row.memory_mb
        print(
            f"{streams:7}{row.time_ms.p50:9.1f}{row.time_ms.p99:8.1f}{max(row.time_ms.raw):8.1f}"
            f"{row.facts['late']:6}{row.facts['lost']:6}{row.facts['server_cores']:7.2f}"
            f"{row.memory_mb['rss']:9.0f}{row.memory_mb['anonymous']:11.0f}",
            flush=True,
        )


def speech(rate: int) -> NDArray[np.int16]:
    """The bundled sentence at ``rate`` Hz."""
    samples, own = soundfile.read(SPEECH, dtype="float32")
    resampled = np.clip(soxr.resample(samples, own, rate), -1, 1)
    samples16: NDArray[np.int16] = (resampled * 32_767).astype(np.int16)
    return samples16


def chunk_of(voice: NDArray[np.int16], number: int, size: int) -> NDArray[np.int16]:
    """Chunk ``number`` of a voice that says its sentence again and again."""
    chunk: NDArray[np.int16] = np.take(voice, np.arange(size) + number * size, mode="wrap")
    return chunk


def frames_after(
    model: a2e.Model, voice: NDArray[np.int16], arguments: argparse.Namespace
) -> NDArray[np.int64]:
    """Frames that are known after each chunk, as the library says."""
    stream = model.stream(arguments.rate)
    size = int(arguments.rate * CHUNK_SECONDS)
    chunks = int(arguments.seconds / CHUNK_SECONDS)
    return np.cumsum([len(stream.push(chunk_of(voice, i, size))) for i in range(chunks)])


def measured(
    streams: int,
    voice: NDArray[np.int16],
    frames_by_chunk: NDArray[np.int64],
    spec: Spec,
    arguments: argparse.Namespace,
) -> Row:
    """The figures of one run; ``time_ms`` is the latency of a hop."""
    options = ["--max-streams", str(streams), "--threads", str(arguments.threads)]
    options += ["--model", str(arguments.model)] if arguments.model else []
    with server(options) as served:
        say = partial(talk, served.live, voice, frames_by_chunk, arguments.rate)
        clients, cores, memory = asyncio.run(run(served, streams, len(frames_by_chunk), say))
    times = latencies(clients)
    return Row(
        "serving",
        model=arguments.name,
        engine="a2e serve",
        kind=spec.kind,
        hop=spec.hop,
        lookahead=spec.lookahead,
        precision=spec.precision,
        threads=arguments.threads,
        streams=streams,
        time_ms=Samples.of(times),
        memory_mb=memory,
        facts=facts_of(clients, cores, arguments),
    )


def latencies(clients: Sequence[Client]) -> list[float]:
    """Of all hops of all clients, ms."""
    return [1000 * seconds for client in clients for seconds in client.latencies]


def facts_of(
    clients: Sequence[Client], cores: float, arguments: argparse.Namespace
) -> dict[str, Any]:
    """What a row tells besides its times."""
    times = latencies(clients)
    return {
        "rate": arguments.rate,
        "chunk_ms": 1000 * CHUNK_SECONDS,
        "seconds": arguments.seconds,
        "hops": len(times),
        "late": sum(time > 1000 * CHUNK_SECONDS for time in times),
        "lost": sum(client.lost for client in clients),
        "server_cores": round(cores, 3),
    }


async def run(
    served: Process, streams: int, chunks: int, talk: Talk
) -> tuple[list[Client], float, dict[str, float]]:
    """The clients' notes; the processor cores and the memory that the server used."""
    clients = [Client() for _ in range(streams)]
    waits = np.random.default_rng(0).uniform(0, CHUNK_SECONDS, streams)
    talks = [
        asyncio.create_task(talk(client, wait)) for client, wait in zip(clients, waits, strict=True)
    ]
    await asyncio.sleep(WARM_SECONDS)
    before, start = cpu_seconds(served), time.perf_counter()
    await asyncio.sleep(max(0.0, chunks * CHUNK_SECONDS - 2 * WARM_SECONDS))
    cores = (cpu_seconds(served) - before) / (time.perf_counter() - start)
    memory = served.memory()
    await asyncio.gather(*talks)
    return clients, cores, memory


async def paced(
    client: Client, voice: NDArray[np.int16], chunks: int, size: int, wait: float
) -> AsyncIterator[bytes]:
    """A client's chunks, each at its moment, the first after ``wait`` s; notes when each goes."""
    start = time.perf_counter() + wait
    for number in range(chunks):
        await asyncio.sleep(start + number * CHUNK_SECONDS - time.perf_counter())
        data = chunk_of(voice, number, size).tobytes()
        client.sent.append(time.perf_counter())
        yield data


async def talk(
    url: str,
    voice: NDArray[np.int16],
    frames_by_chunk: NDArray[np.int64],
    rate: int,
    client: Client,
    wait: float,
) -> None:
    """One client, from its start to the end of its speech."""
    size = int(rate * CHUNK_SECONDS)
    async with connect(url, compression=None) as connection:
        await connection.send(json.dumps({"type": "start", "rate": rate, "output": "binary"}))
        await connection.recv()
        receiving = asyncio.create_task(receive(connection, client, frames_by_chunk))
        async for data in paced(client, voice, len(frames_by_chunk), size, wait):
            await connection.send(data)
        await connection.send('{"type": "end"}')
        end = await receiving
    due = -(-size * len(frames_by_chunk) * 30 // rate)
    client.lost += abs(due - client.frames) + abs(end["frames"] - client.frames)


async def receive(
    connection: Any, client: Client, frames_by_chunk: NDArray[np.int64]
) -> dict[str, Any]:
    """Takes frames until the ``end`` message."""
    async for message in connection:
        now = time.perf_counter()
        if isinstance(message, str):
            answer: dict[str, Any] = json.loads(message)
            if answer["type"] == "end":
                return answer
            continue
        count = frames_in(message, client.frames)
        client.frames += count
        chunk = int(np.searchsorted(frames_by_chunk, client.frames))
        if WARM_SECONDS / CHUNK_SECONDS <= chunk < len(frames_by_chunk):  # others are the flush's
            client.latencies.append(now - client.sent[chunk])
    raise RuntimeError("the connection ended before the speech")


def cpu_seconds(served: Process) -> float:
    """Processor time that the server has used."""
    fields = Path(f"/proc/{served.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


if __name__ == "__main__":
    main()
