"""What bringing a voice to the model's rate delays, costs and leaves over: a row per sample rate.

    python -m benchmarks resampling

Folded: the loudest sample that comes of tones over half the lower rate, of full scale 0 dB. Ripple:
the most by which tones up to 29/32 of that half change. Images: what comes beside them.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np

from a2e.arrays import Floats
from a2e.audio.lowpass import Doubles
from a2e.audio.resample import Resampler, resampler_delay
from benchmarks.harness.command import options, run
from benchmarks.harness.rows import Row, Samples, write_row
from benchmarks.harness.system import last_cores, pin

RATES = (8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_056, 44_100, 48_000, 96_000, 192_000)
MODEL_RATE = 16_000
HOP = 1_600
CHUNKS = 200
TONES = 60
TONE_SECONDS = 0.4
PASSBAND = 29 / 32


def work(_: argparse.Namespace) -> None:
    pin(last_cores(1))
    print(f"{'rate, Hz':>9}{'delay, ms':>11}{'ms for each 100 ms':>20}  folded, ripple, images: dB")
    for rate in RATES:
        delay = round(resampler_delay(rate, MODEL_RATE) * 1e3, 2)
        samples = Samples.of(cost(rate))
        facts = {"rate": rate, "model_rate": MODEL_RATE, "delay_ms": delay}
        if rate != MODEL_RATE:
            facts |= quality(rate)
        write_row(Row("resampling", cores=1, time_ms=samples, facts=facts))
        measured = [facts.get(name, "") for name in ("folded_db", "ripple_db", "images_db")]
        print(f"{rate:9}{delay:11.2f}{samples.p50:20.3f}  {measured}")


def cost(rate: int) -> list[float]:
    """ms of bringing each of ``CHUNKS`` chunks of 100 ms to the model's rate."""
    chunk = np.random.default_rng(0).random(rate // 10, np.float32)
    resampler = Resampler(rate, MODEL_RATE, batch=HOP)
    spent = []
    for _ in range(CHUNKS):
        start = time.perf_counter()
        resampler.push(chunk)
        spent.append((time.perf_counter() - start) * 1e3)
    return spent


def quality(rate: int) -> dict[str, Any]:
    """Folded tones, ripple and images in dB; None for what the rate can't have."""
    half = min(rate, MODEL_RATE) / 2
    folded = [
        float(np.abs(tone_resampled(rate, hertz)[0]).max())
        for hertz in np.linspace(half, rate / 2, TONES, endpoint=False)
        if rate / 2 > half
    ]
    passed = [pass_of(rate, hertz) for hertz in np.linspace(50, PASSBAND * half, TONES)]
    ripple = max(abs(decibels(gain)) for gain, _ in passed)
    return {
        "folded_db": round(decibels(max(folded)), 1) if folded else None,
        "ripple_db": round(ripple, 4),
        "images_db": round(decibels(max(image for _, image in passed)), 1),
    }


def tone_resampled(rate: int, hertz: float) -> tuple[Floats, Doubles]:
    """The middle half of a tone at the model's rate, and the times of its samples, s."""
    times = np.arange(int(TONE_SECONDS * rate)) / rate
    resampler = Resampler(rate, MODEL_RATE)
    tone = np.sin(2 * np.pi * hertz * times).astype(np.float32)
    samples = np.concatenate((resampler.push(tone), resampler.finish()))
    middle = slice(len(samples) // 4, 3 * len(samples) // 4)
    return samples[middle], (np.arange(len(samples)) / MODEL_RATE)[middle]


def pass_of(rate: int, hertz: float) -> tuple[float, float]:
    """A tone's gain, and the loudest sample of what is not that tone."""
    samples, times = tone_resampled(rate, hertz)
    waves = np.stack([wave(2 * np.pi * hertz * times) for wave in (np.sin, np.cos)], axis=1)
    parts = np.linalg.lstsq(waves, samples.astype(np.float64), rcond=None)[0]
    return float(np.hypot(*parts)), float(np.abs(samples - waves @ parts).max())


def decibels(amplitude: float) -> float:
    return float(20 * np.log10(max(amplitude, 1e-12)))


def main() -> None:
    run(work, options(__doc__))


if __name__ == "__main__":
    main()
