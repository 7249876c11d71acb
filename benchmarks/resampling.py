"""What bringing a voice to the model's rate adds to the latency: a row per sample rate.

python -m benchmarks.resampling
"""

from __future__ import annotations

from a2e.resample import resampler_delay
from benchmarks.rows import write_row

RATES = (8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000, 192_000)
MODEL_RATE = 16_000


def main() -> None:
    print(f"{'rate, Hz':>9}{'delay, ms':>11}")
    for rate in RATES:
        delay = resampler_delay(rate, MODEL_RATE) * 1e3
        write_row("resampling", rate=rate, model_rate=MODEL_RATE, delay_ms=round(delay, 2))
        print(f"{rate:9}{delay:11.1f}")


if __name__ == "__main__":
    main()
