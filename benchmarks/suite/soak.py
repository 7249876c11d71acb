"""Voices for half an hour among clients who come and go and send garbage: is anything lost?

    python -m benchmarks soak --minutes 30

A fresh ``a2e serve`` with the bundled model, ``--voices`` WebSocket clients that speak one sentence
after another at the pace of speech, ``--churn`` clients that speak a little and leave in rude ways
(``harness/churn.py``), and garbage in raw connections. A row goes to ``results/soak.jsonl``: frames
lost, the longest gap between a voice's frames, memory and descriptors over time and once all the
others have left. Fails if a frame was lost. The clients share the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.harness.churn import CHUNK_SECONDS, RATE, churn, litter
from benchmarks.harness.command import count, options, positive, run
from benchmarks.harness.neighbours import Neighbours
from benchmarks.harness.rows import Row, Samples, write_row
from benchmarks.harness.system import BenchmarkError, memory_of
from benchmarks.suite.serving import chunk_of, speech
from tests.harness.faults.target import frames_in
from tests.harness.server import Process, server

UTTERANCE_CHUNKS = 150
"""15 s: then a voice ends its speech and begins the next one."""
LITTERERS = 4
GUESTS = 40
"""Streams for those who come and go."""
LOOKS = 60
"""Looks at memory and descriptors in a run."""
SETTLE_SECONDS = 5
PATIENCE_SECONDS = 60
"""For last speeches to end."""
FPS = 30
DESCRIPTORS = 8_192


@dataclass
class Voice:
    """One voice's notes."""

    frames: int = 0
    lost: int = 0
    gaps: list[float] = field(default_factory=list)
    """Between two messages of frames of one speech, ms."""


@dataclass
class Look:
    """The server at one time."""

    seconds: float
    rss: float
    anonymous: float
    descriptors: int


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--minutes", type=positive, default=30)
    parser.add_argument("--voices", type=count, default=24)
    parser.add_argument("--churn", type=count, default=500)
    parser.add_argument("--threads", type=count, default=2)
    parser.add_argument("--dry", action="store_true", help="write no row")
    run(work, parser)


def work(arguments: argparse.Namespace) -> None:
    raise_descriptors()
    streams = str(arguments.voices + GUESTS)
    serve = ["--max-streams", streams, "--threads", str(arguments.threads), "--send-timeout", "5"]
    with server(serve) as served, Neighbours() as neighbours:
        soak = Soak(served, arguments)
        asyncio.run(soak.run())
        row = soak.row()
    row.others_cores = neighbours.cores
    if not arguments.dry:
        write_row(row)
    facts = row.facts
    print(json.dumps({name: facts[name] for name in facts if name != "looks"}, indent=1))
    print("at the start and the end:", facts["looks"][0], facts["looks"][-1])
    if facts["lost"]:
        raise BenchmarkError(f"{facts['lost']} frames were lost")


class Soak:
    """One run."""

    def __init__(self, served: Process, arguments: argparse.Namespace) -> None:
        self.served = served
        self.seconds = 60 * arguments.minutes
        self.churn = arguments.churn
        self.threads = arguments.threads
        self.voices = [Voice() for _ in range(arguments.voices)]
        self.visits: Counter[str] = Counter()
        self.garbage: Counter[str] = Counter()
        self.looks: list[Look] = []
        self.start = time.monotonic()

    async def run(self) -> None:
        samples = speech(RATE)
        self.start = time.monotonic()
        self.look()
        guests = [
            asyncio.create_task(churn(self.served, number, samples, self.visits))
            for number in range(self.churn)
        ]
        guests += [
            asyncio.create_task(litter(self.served, number, self.garbage))
            for number in range(LITTERERS)
        ]
        watch = asyncio.create_task(self._watch())
        try:
            async with asyncio.timeout(self.seconds + PATIENCE_SECONDS):
                await asyncio.gather(*(self._speak(voice, samples) for voice in self.voices))
        except TimeoutError:
            raise BenchmarkError("the voices fell behind: this machine is too busy") from None
        finally:
            for task in (*guests, watch):
                task.cancel()
            ends = await asyncio.gather(*guests, return_exceptions=True)
        for end in ends:
            if not isinstance(end, asyncio.CancelledError):
                raise BenchmarkError(f"a guest failed: {end!r}")
        await asyncio.sleep(SETTLE_SECONDS)
        self.look()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self.seconds / LOOKS)
            self.look()

    def look(self) -> None:
        if self.served.process.poll() is not None:
            raise BenchmarkError("the server ended: " + " | ".join(self.served.log[-5:]))
        memory = memory_of(self.served.process.pid)
        seconds = round(time.monotonic() - self.start, 1)
        descriptors = self.served.descriptors()
        self.looks.append(Look(seconds, memory["rss"], memory["anonymous"], descriptors))

    async def _speak(self, voice: Voice, samples: NDArray[np.int16]) -> None:
        """One voice, from its first speech to the end of the run."""
        async with connect(self.served.live, compression=None, ping_timeout=None) as connection:
            await connection.send(json.dumps({"type": "start", "rate": RATE, "output": "binary"}))
            await connection.recv()
            while time.monotonic() - self.start < self.seconds:
                receiving = asyncio.create_task(receive(connection, voice))
                sent = await say(connection, samples)
                frames = await receiving
                voice.frames += frames
                voice.lost += abs(-(-sent * FPS // RATE) - frames)

    def row(self) -> Row:
        """The run's figures; ``time_ms`` is the time between two messages of a voice's frames."""
        gaps = [gap for voice in self.voices for gap in voice.gaps]
        last = self.looks[-1]
        return Row(
            "soak",
            model="bundled",
            engine="a2e serve",
            threads=self.threads,
            streams=len(self.voices),
            time_ms=Samples.of(gaps),
            memory_mb={
                "rss": last.rss,
                "anonymous": last.anonymous,
                "peak_rss": memory_of(self.served.process.pid)["peak_rss"],
                "base_rss": self.looks[0].rss,
            },
            facts={
                "minutes": round(self.seconds / 60, 2),
                "frames": sum(voice.frames for voice in self.voices),
                "lost": sum(voice.lost for voice in self.voices),
                "worst_gap_ms": round(max(gaps), 1),
                "churn": self.churn,
                "visits": dict(sorted(self.visits.items())),
                "garbage": self.garbage["garbage"],
                "errors_logged": sum(" ERROR " in line for line in self.served.log),
                "looks": [list(vars(look).values()) for look in self.looks],
            },
        )


async def say(connection: ClientConnection, samples: NDArray[np.int16]) -> int:
    """A speech at the pace of speech, and its end; the samples sent."""
    size = int(RATE * CHUNK_SECONDS)
    start = time.perf_counter()
    for number in range(UTTERANCE_CHUNKS):
        await asyncio.sleep(start + number * CHUNK_SECONDS - time.perf_counter())
        await connection.send(chunk_of(samples, number, size).tobytes())
    await connection.send('{"type": "end"}')
    return UTTERANCE_CHUNKS * size


async def receive(connection: ClientConnection, voice: Voice) -> int:
    """The frames of one speech; their number."""
    frames, last = 0, None
    async for message in connection:
        if isinstance(message, str):
            answer: dict[str, Any] = json.loads(message)
            if answer["type"] == "error":
                raise BenchmarkError(f"a voice was refused: {answer['message']}")
            if answer["type"] == "end":
                break
            continue
        now = time.monotonic()
        if last is not None:
            voice.gaps.append(1_000 * (now - last))
        last = now
        frames += frames_in(message, frames)
    return frames


def raise_descriptors() -> None:
    """Lets this process, and the server that it starts, hold a socket for every client."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < DESCRIPTORS <= hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, hard))


if __name__ == "__main__":
    main()
