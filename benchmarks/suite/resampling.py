"""Latency and cost of bringing a voice to the model's rate: a row per sample rate.

python -m benchmarks resampling
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from a2e.audio.resample import Resampler, resampler_delay
from benchmarks.harness.command import options, run
from benchmarks.harness.rows import Row, Samples, write_row
from benchmarks.harness.system import last_cores, pin

RATES = (8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000, 192_000)
MODEL_RATE = 16_000
CHUNKS = 200


def work(_: argparse.Namespace) -> None:
    pin(last_cores(1))
    print(f"{'rate, Hz':>9}{'delay, ms':>11}{'ms for each 100 ms':>20}")
    for rate in RATES:
        delay = round(resampler_delay(rate, MODEL_RATE) * 1e3, 2)
        samples = Samples.of(cost(rate))
        facts = {"rate": rate, "model_rate": MODEL_RATE, "delay_ms": delay}
        write_row(Row("resampling", cores=1, time_ms=samples, facts=facts))
        print(f"{rate:9}{delay:11.1f}{samples.p50:20.3f}")


def cost(rate: int) -> list[float]:
    """ms of bringing each of ``CHUNKS`` chunks of 100 ms to the model's rate."""
    chunk = np.random.default_rng(0).random(rate // 10, np.float32)
    resampler = Resampler(rate, MODEL_RATE)
    spent = []
    for _ in range(CHUNKS):
        start = time.perf_counter()
        resampler.push(chunk)
        spent.append((time.perf_counter() - start) * 1e3)
    return spent


def main() -> None:
    run(work, options(__doc__))


if __name__ == "__main__":
    main()
