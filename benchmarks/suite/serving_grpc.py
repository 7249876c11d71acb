"""Clips by Audio2Face-3D's protocol on a real server: how late frames come, and whether all do.

    python -m benchmarks serving_grpc --streams 1 4 8

As `serving`, but with gRPC clients: each sends 100 ms of speech every 100 ms, at its own moment,
and gets a message a frame. A row per run goes to ``results/serving_grpc.jsonl``.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import time
from functools import partial
from typing import Any

import grpc
import numpy as np
from numpy.typing import NDArray

import a2e
from a2e.serve.audio2face.servicer import METHOD, SERVICE
from a2e.serve.audio2face.wire import AnimationDataStream, AudioStream
from benchmarks.harness.rows import Row, Samples, write_row
from benchmarks.suite.serving import (
    CHUNK_SECONDS,
    WARM_SECONDS,
    Client,
    facts_of,
    frames_after,
    latencies,
    paced,
    run,
    speech,
)
from tests.harness.server import Process, server


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, nargs="+", default=[1, 4, 8])
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--rate", type=int, default=24_000)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    model, voice = a2e.load(), speech(arguments.rate)
    frames_by_chunk = frames_after(model, voice, arguments)
    print(f"{'streams':>7}{'p50 ms':>9}{'p99':>8}{'max':>8}{'late':>6}{'lost':>6}{'cores':>7}")
    for streams in arguments.streams:
        row = measured(streams, voice, frames_by_chunk, arguments)
        write_row(row)
        assert row.time_ms
        print(
            f"{streams:7}{row.time_ms.p50:9.1f}{row.time_ms.p99:8.1f}{max(row.time_ms.raw):8.1f}"
            f"{row.facts['late']:6}{row.facts['lost']:6}{row.facts['server_cores']:7.2f}",
            flush=True,
        )


def measured(
    streams: int,
    voice: NDArray[np.int16],
    frames_by_chunk: NDArray[np.int64],
    arguments: argparse.Namespace,
) -> Row:
    """The figures of one run; ``time_ms`` is the latency of a hop."""
    options = ["--grpc", "0", "--max-streams", str(streams), "--threads", str(arguments.threads)]
    with server(options) as served:
        say = partial(talk, address_of(served), voice, frames_by_chunk, arguments.rate)
        clients, cores, memory = asyncio.run(run(served, streams, len(frames_by_chunk), say))
    return Row(
        "serving_grpc",
        model="bundled",
        engine="a2e serve --grpc",
        threads=arguments.threads,
        streams=streams,
        time_ms=Samples.of(latencies(clients)),
        memory_mb=memory,
        facts={**facts_of(clients, cores, arguments), "grpcio": grpc.__version__},
    )


def address_of(served: Process) -> str:
    """Where gRPC is heard."""
    found = re.search(r"gRPC on (\S+)", "\n".join(served.log))
    assert found is not None
    return found[1]


async def talk(
    address: str,
    voice: NDArray[np.int16],
    frames_by_chunk: NDArray[np.int64],
    rate: int,
    client: Client,
    wait: float,
) -> None:
    """One clip, from its header to its status."""
    size = int(rate * CHUNK_SECONDS)
    audio = {"channel_count": 1, "samples_per_second": rate, "bits_per_sample": 16}
    async with grpc.aio.insecure_channel(address) as channel:
        call = channel.stream_stream(f"/{SERVICE}/{METHOD}")()
        await call.write(message(audio_stream_header={"audio_header": audio}))
        await call.read()
        receiving = asyncio.create_task(receive(call, client, frames_by_chunk))
        async for data in paced(client, voice, len(frames_by_chunk), size, wait):
            await call.write(message(audio_with_emotion={"audio_buffer": data}))
        await call.write(message(end_of_audio={}))
        await receiving
    due = -(-size * len(frames_by_chunk) * 30 // rate)
    client.lost += abs(due - client.frames)


def message(**part: Any) -> bytes:
    """A client's message."""
    data: bytes = AudioStream(**part).SerializeToString()
    return data


async def receive(call: Any, client: Client, frames_by_chunk: NDArray[np.int64]) -> None:
    """Takes frames until the call ends; a hop has come when its last frame has."""
    known = frames_by_chunk.tolist()
    while (data := await call.read()) is not grpc.aio.EOF:
        now = time.perf_counter()
        answer = AnimationDataStream.FromString(data)
        if not answer.HasField("animation_data"):
            continue
        row = answer.animation_data.skel_animation.blend_shape_weights[0]
        client.lost += round(row.time_code * 30) != client.frames
        client.frames += 1
        if client.frames in known:
            chunk = known.index(client.frames)
            if chunk * CHUNK_SECONDS >= WARM_SECONDS:
                client.latencies.append(now - client.sent[chunk])
