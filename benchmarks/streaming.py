"""What a second of live speech costs: graph kinds at several hops beside PyTorch eager.

    python -m benchmarks.streaming out/lam/checkpoint.pth

Converts the checkpoint at each setting and streams noise through every variant in turn, round by
round, so that all see the same machine. Rows go to ``results/streaming.jsonl``: milliseconds of
each hop, sorted, and the real-time factor (median hop time over hop length).
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import torch

import a2e
from a2e_export.architecture import build_network, read_config
from a2e_export.checkpoint import read_checkpoint
from a2e_export.convert import Settings, convert, describe
from a2e_export.network import Audio2Expression
from a2e_export.streaming import Recompute
from benchmarks.rows import write_row

HOPS = (3, 9, 30)
LOOKAHEADS = (0, 6)
VARIANTS = [
    ("recompute", 0),  # costs the same at any lookahead
    *((kind, lookahead) for kind in ("hybrid", "cached") for lookahead in LOOKAHEADS),
]
Step = Callable[[], None]
Variant = tuple[str, int]
"""Engine or graph kind, and lookahead in frames."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--wav2vec2-config", type=Path)
    parser.add_argument("--name", default="lam", help="what the rows call the model")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--keep", action="store_true", help="use files of an earlier run")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    source = read_checkpoint(arguments.checkpoint)
    network = build_network(source.tensors, read_config(arguments.wav2vec2_config))
    paths = converted(arguments)
    print(
        f"{'engine':20}{'hop':>5}{'lookahead':>11}{'ms':>9}{'p95':>8}{'real time':>11}{'eager':>9}"
    )
    for hop in HOPS:
        steps = {("torch eager", 0): eager_step(network, hop)}
        steps |= {
            variant: runtime_step(paths[hop, variant], arguments.threads) for variant in VARIANTS
        }
        samples = measure(steps, arguments.rounds)
        eager = statistics.median(samples["torch eager", 0])
        for (engine, lookahead), times in samples.items():
            middle = statistics.median(times)
            write_row(
                "streaming",
                model=arguments.name,
                engine=engine,
                hop=hop,
                lookahead=lookahead,
                threads=arguments.threads,
                precision="float32",
                hop_ms=sorted(round(t * 1e3, 3) for t in times),
                real_time_factor=round(middle / (hop / 30), 5),
                times_eager=round(eager / middle, 3),
            )
            print(
                f"{engine:20}{hop:5}{lookahead:11}{middle * 1e3:9.2f}"
                f"{np.percentile(times, 95) * 1e3:8.2f}{middle / (hop / 30):11.3f}"
                f"{eager / middle:8.1f}x"
            )


def converted(arguments: argparse.Namespace) -> dict[tuple[int, Variant], Path]:
    """A model file for every hop and variant, beside the checkpoint."""
    paths = {}
    for hop, (kind, lookahead) in product(HOPS, VARIANTS):
        path = arguments.checkpoint.with_name(f"{kind}-{hop}-{lookahead}.onnx")
        if not (arguments.keep and path.exists()):
            settings = Settings(kind=kind, hop=hop, lookahead=lookahead)
            config = arguments.wav2vec2_config
            convert(arguments.checkpoint, path, settings, wav2vec2_config=config)
        paths[hop, (kind, lookahead)] = path
    return paths


def measure(steps: dict[Variant, Step], rounds: int) -> dict[Variant, list[float]]:
    """Seconds of each step, taken in turns after a warm-up round."""
    samples: dict[Variant, list[float]] = {variant: [] for variant in steps}
    for number in range(rounds + 1):
        for variant, step in steps.items():
            start = time.perf_counter()
            step()
            if number:
                samples[variant].append(time.perf_counter() - start)
    return samples


def eager_step(network: Audio2Expression, hop: int) -> Step:
    """A hop as upstream runs it: PyTorch on the whole window."""
    graph = Recompute(network, describe(network.arch, Settings(hop=hop), ""))
    audio, style, *context = graph.example_inputs(batch=1)

    def step() -> None:
        with torch.inference_mode():
            graph(audio, style, *context)

    return step


def runtime_step(path: Path, threads: int) -> Step:
    """A hop of a live stream, resampling and post-processing aside."""
    model = a2e.load(path, threads=threads)
    rng = np.random.default_rng(0)
    audio = (rng.random((1, model.spec.hop_samples), np.float32) - 0.5).astype(np.float32)
    style, context = model.style(None)[None], model.initial_context()

    def step() -> None:
        nonlocal context
        _, context = model.step(audio, style, context)

    return step


if __name__ == "__main__":
    main()
