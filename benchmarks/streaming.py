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
KINDS = ("recompute", "hybrid", "cached")
Step = Callable[[], None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--wav2vec2-config", type=Path)
    parser.add_argument("--name", default="lam", help="what the rows call the model")
    parser.add_argument("--lookahead", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    source = read_checkpoint(arguments.checkpoint)
    network = build_network(source.tensors, read_config(arguments.wav2vec2_config))
    paths = {}
    for hop, kind in product(HOPS, KINDS):
        settings = Settings(kind=kind, hop=hop, lookahead=arguments.lookahead)
        path = arguments.checkpoint.with_name(f"{kind}-{hop}-{arguments.lookahead}.onnx")
        convert(arguments.checkpoint, path, settings, wav2vec2_config=arguments.wav2vec2_config)
        paths[hop, kind] = path
    print(f"{'engine':22}{'hop':>5}{'ms a hop':>10}{'p95':>8}{'real time':>11}{'times eager':>13}")
    for hop in HOPS:
        steps = {"torch eager": eager_step(network, hop, arguments.lookahead)}
        for kind in KINDS:
            steps[f"a2e {kind}"] = runtime_step(paths[hop, kind], arguments.threads)
        samples = measure(steps, arguments.rounds)
        eager = statistics.median(samples["torch eager"])
        for engine, times in samples.items():
            middle = statistics.median(times)
            write_row(
                "streaming",
                model=arguments.name,
                engine=engine,
                hop=hop,
                lookahead=arguments.lookahead,
                threads=arguments.threads,
                precision="float32",
                hop_ms=sorted(round(t * 1e3, 3) for t in times),
                real_time_factor=middle / (hop / 30),
            )
            print(
                f"{engine:22}{hop:5}{middle * 1e3:10.1f}{np.percentile(times, 95) * 1e3:8.1f}"
                f"{middle / (hop / 30):11.3f}{eager / middle:13.1f}"
            )


def measure(steps: dict[str, Step], rounds: int) -> dict[str, list[float]]:
    """Seconds of each step, taken in turns after a warm-up round."""
    samples: dict[str, list[float]] = {engine: [] for engine in steps}
    for number in range(rounds + 1):
        for engine, step in steps.items():
            start = time.perf_counter()
            step()
            if number:
                samples[engine].append(time.perf_counter() - start)
    return samples


def eager_step(network: Audio2Expression, hop: int, lookahead: int) -> Step:
    """A hop as upstream runs it: PyTorch on the whole window."""
    graph = Recompute(network, describe(network.arch, Settings(hop=hop, lookahead=lookahead), ""))
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
