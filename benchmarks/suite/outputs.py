"""Whether `a2e live` sends each frame at its time: deviations from the audio's clock, and drift.

    python -m benchmarks outputs --seconds 60

Speech goes in on standard input; Live Link's packets come out on UDP, stamped by the kernel as they
arrive. A frame's deviation is its time against the clock on which most frames lie; drift is how the
last quarter's median differs from the first's. Beside them stands what a process that only sleeps
until each frame's time had of the machine meanwhile.
"""

from __future__ import annotations

import argparse
import os
import socket
import struct
import subprocess
import sys
import time
from contextlib import suppress
from tempfile import TemporaryFile
from threading import Thread

import numpy as np
from numpy.typing import NDArray

from a2e.audio.decode import open_audio
from a2e.data import SPEECH
from a2e.rates import Rate, parse_rate
from benchmarks.harness.command import options, positive, run
from benchmarks.harness.rows import Row, Samples, write_row

RATE = 16_000
STAMPS = 35
"""Linux's SO_TIMESTAMPNS."""
NEAR_MS = 2.0
START_SECONDS = 30.0
PATIENCE = 2.0


def work(arguments: argparse.Namespace) -> None:
    fps = parse_rate(arguments.fps)
    before = os.times()
    start = time.monotonic()
    plain: list[float] = []
    sleeper = Thread(target=sleep_along, args=(plain, arguments.seconds, fps))
    sleeper.start()
    times = arrivals(speech(arguments.seconds), str(fps))
    sleeper.join()
    spent = time.monotonic() - start
    after = os.times()
    own = sum(after[2:4]) - sum(before[2:4])  # of the process, a child
    lateness = deviations(times, fps)
    quarter = len(times) // 4
    drift = float(np.median(lateness[-quarter:]) - np.median(lateness[:quarter]))
    facts = {
        "fps": str(fps),
        "seconds": arguments.seconds,
        "frames": len(times),
        "within_2_ms": round(float(np.mean(np.abs(lateness) <= NEAR_MS)), 4),
        "largest_ms": round(float(np.abs(lateness).max()), 3),
        "plain_sleep_within_2_ms": round(float(np.mean(np.array(plain) <= NEAR_MS)), 4),
        "plain_sleep_largest_ms": round(max(plain), 3),
        "drift_ms": round(drift, 3),
        "own_cores": round(own / spent, 3),
    }
    samples = Samples.of(np.abs(lateness).tolist())
    write_row(Row("outputs", model="bundled", time_ms=samples, facts=facts))
    print(f"p50 {samples.p50}, p99 {samples.p99} ms; {facts}; load {os.getloadavg()[0]:.1f}")


def sleep_along(late: list[float], seconds: float, fps: Rate) -> None:
    """Adds by how many ms each sleep until a frame's time was too long."""
    start = time.monotonic()
    for k in range(int(seconds * fps)):
        due = start + float(k / fps)
        time.sleep(max(0.0, due - time.monotonic()))
        late.append(1e3 * (time.monotonic() - due))


def speech(seconds: float) -> bytes:
    """The bundled speech over and over, s16le."""
    with open_audio(SPEECH) as file:
        assert file.rate == RATE
        voice = np.concatenate(list(file.blocks())).reshape(-1)
    return np.resize((voice * 32_767).astype("<i2"), int(seconds * RATE)).tobytes()


def arrivals(samples: bytes, fps: str) -> list[float]:
    """When each packet came, seconds, by the kernel."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver, TemporaryFile() as file:
        file.write(samples)
        file.seek(0)
        receiver.setsockopt(socket.SOL_SOCKET, STAMPS, 1)
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(START_SECONDS)
        address = f"livelink://127.0.0.1:{receiver.getsockname()[1]}"
        command = [sys.executable, "-m", "a2e", "live", "-", "--rate", str(RATE), "--fps", fps]
        with subprocess.Popen([*command, "--to", address], stdin=file):
            times = [stamp(receiver)]
            receiver.settimeout(PATIENCE)
            with suppress(TimeoutError):
                while True:
                    times.append(stamp(receiver))
    return times


def stamp(receiver: socket.socket) -> float:
    """When the next packet came; raises ``TimeoutError``."""
    _, facts, _, _ = receiver.recvmsg(4_096, 64)
    seconds, nanoseconds = struct.unpack("qq", facts[0][2])
    return (int(seconds) % 100_000) + int(nanoseconds) * 1e-9


def deviations(times: list[float], fps: Rate) -> NDArray[np.float64]:
    """Each frame's, ms."""
    starts = np.array(times) - np.arange(len(times)) / float(fps)
    return (starts - np.median(starts)) * 1e3


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--seconds", type=positive, default=60.0, help="of speech (60)")
    parser.add_argument("--fps", default="30", help="frames a second (30)")
    run(work, parser)


if __name__ == "__main__":
    main()
