"""The service in its container, with 256 MB and one CPU: size, start, memory under live voices.

    make image && python -m benchmarks container --streams 1 50

Needs podman and runc, as root. The start counts from ``podman run`` to the first frame that a
client has, asking every 10 ms until one is let in; podman's own share is in it. Then so many
WebSocket clients speak as in ``serving``. A row per number of voices goes to
``results/container.jsonl``. The clients share the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import median

from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import connect

import a2e
from benchmarks.harness.rows import Row, Samples, write_row
from benchmarks.suite.serving import facts_of, frames_after, latencies, run, speech, talk
from tests.harness.container import IMAGE, MEMORY_MB, command, contained, missing, podman
from tests.harness.server import free_port

RETRY_SECONDS = 0.01
OPEN = {"A2E_NO_AUTH": "1"}
THREADS = 1
"""As one CPU has it."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, nargs="+", default=[1, 50])
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--rate", type=int, default=24_000)
    parser.add_argument("--starts", type=int, default=5)
    arguments = parser.parse_args()
    if missing():
        sys.exit(f"benchmarks container: error: {missing()}")
    size = compressed_mb()
    starts = [first_frame_seconds() for _ in range(arguments.starts)]
    print(f"{size:.1f} MB compressed; {median(starts):.2f} s to the first frame")
    print(f"{'streams':>7}{'p50 ms':>9}{'p99':>8}{'late':>6}{'lost':>6}{'cores':>7}", end="")
    print(f"{'RSS, MB':>9}{'peak':>7}{'anonymous':>11}")
    for streams in arguments.streams:
        row = measured(streams, arguments)
        row.first_frames_s = round(median(starts), 3)
        row.facts |= {"compressed_mb": size, "starts_s": [round(start, 3) for start in starts]}
        write_row(row)
        assert row.time_ms
        assert row.memory_mb
        facts, memory = row.facts, row.memory_mb
        print(
            f"{streams:7}{row.time_ms.p50:9.1f}{row.time_ms.p99:8.1f}{facts['late']:6}"
            f"{facts['lost']:6}{facts['server_cores']:7.2f}{memory['rss']:9.0f}"
            f"{memory['peak_rss']:7.0f}{memory['anonymous']:11.0f}",
            flush=True,
        )


def compressed_mb() -> float:
    """The image as registries keep it, layers compressed with gzip."""
    with tempfile.TemporaryDirectory() as folder:
        if podman("push", "--compress", IMAGE, f"dir:{folder}").returncode:
            raise RuntimeError(f"{IMAGE} can't be read")
        return round(sum(path.stat().st_size for path in Path(folder).iterdir()) / 1e6, 1)


def first_frame_seconds() -> float:
    """From ``podman run`` to a client's first frame."""
    port = free_port()
    name = f"a2e-start-{port}"
    begun = time.perf_counter()
    process = subprocess.Popen(
        command(name, {**OPEN, "PORT": str(port)}), stderr=subprocess.DEVNULL
    )
    try:
        while not _first_frame(f"ws://127.0.0.1:{port}/ws/a2e"):
            time.sleep(RETRY_SECONDS)
        return time.perf_counter() - begun
    finally:
        process.terminate()
        process.wait()


def _first_frame(url: str) -> bool:
    """Whether a frame came; False while nobody listens, or the model loads."""
    try:
        with connect(url, compression=None) as connection:
            connection.send(json.dumps({"type": "start", "rate": 16_000}))
            connection.send(bytes(16_000))
            connection.send('{"type": "end"}')
            return any('"frames"' in str(message) for message in connection)
    except (OSError, ConnectionClosed, InvalidHandshake):
        return False


def measured(streams: int, arguments: argparse.Namespace) -> Row:
    """The figures of one run in a container; ``time_ms`` is the latency of a hop."""
    model = a2e.load()
    voice = speech(arguments.rate)
    frames_by_chunk = frames_after(model, voice, arguments)
    with contained({**OPEN, "A2E_MAX_STREAMS": str(streams)}) as served:
        say = partial(talk, served.live, voice, frames_by_chunk, arguments.rate)
        clients, cores, memory = asyncio.run(run(served, streams, len(frames_by_chunk), say))
        memory["peak_rss"] = served.peak()
    return Row(
        "container",
        model="bundled",
        engine="a2e serve",
        kind=model.spec.kind,
        hop=model.spec.hop,
        lookahead=model.spec.lookahead,
        precision=model.spec.precision,
        threads=THREADS,
        streams=streams,
        time_ms=Samples.of(latencies(clients)),
        memory_mb=memory,
        facts={**facts_of(clients, cores, arguments), "limit_mb": MEMORY_MB},
    )


if __name__ == "__main__":
    main()
