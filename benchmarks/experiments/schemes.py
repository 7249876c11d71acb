"""Ways to compute in 8 and 4 bits, each on the same graph: what it costs in fidelity and in time.

    python -m benchmarks schemes [--models bundled lam]
    python -m benchmarks schemes --models bundled --emulate Haswell

``dynamic`` quantises activations with one range for the whole tensor, found at each call;
``static`` with ranges found beforehand on speech. Both use ONNX Runtime's own tools. ``blocks`` is
MatMulNBits: weights and activations in blocks of so many, each with its own scale. The face is
compared with float32 on the sample of speech, which says something for the bundled model; LAM's
size has random weights here, and only its times count. Rows go to ``results/schemes.jsonl``.

``--emulate`` computes the face on a processor that qemu-x86_64 (Debian's qemu-user) knows by that
name, such as one with AVX2 but without its 8-bit instructions; times stay this machine's.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantType,
    quantize_dynamic,
    quantize_static,
)
from onnxruntime.quantization.matmul_nbits_quantizer import (
    DefaultWeightOnlyQuantConfig,
    MatMulNBitsQuantizer,
)

import a2e
from a2e.arrays import Floats
from a2e.data import SPEECH
from a2e.graph import CTX
from a2e.shapes import ARKIT
from a2e_export.drift.metrics import LIPS, STILL, correlation
from a2e_export.seal import seal
from a2e_export.speech import read_speech, whole_hops
from benchmarks.harness.command import options, run
from benchmarks.harness.models import Variant, file_of, shipped
from benchmarks.harness.rows import Samples, write_row
from benchmarks.harness.system import BenchmarkError

Scheme = Callable[[Path, Path], None]
"""Reads a float32 model and writes another."""
STEPS = 40
SECONDS = 3
"""Of speech, on an emulated processor."""
FACE = """
import sys
import numpy, soundfile
import a2e
from a2e.data import SPEECH
samples, rate = soundfile.read(SPEECH, dtype="float32", frames=int(sys.argv[3]))
numpy.save(sys.argv[2], a2e.load(sys.argv[1]).animate(samples, rate, post=None).weights)
"""
CALIBRATION_HOPS = 30


def dynamic(weights: QuantType, *, reduced: bool = False) -> Scheme:
    def write(source: Path, target: Path) -> None:
        quantize_dynamic(
            source,
            target,
            op_types_to_quantize=["MatMul"],
            per_channel=True,
            reduce_range=reduced,
            weight_type=weights,
            extra_options={"MatMulConstBOnly": True},
        )

    return write


def static(source: Path, target: Path) -> None:
    quantize_static(
        source,
        target,
        Spoken(source),
        op_types_to_quantize=["MatMul"],
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        extra_options={"MatMulConstBOnly": True},
    )


def blocks(bits: int, size: int) -> Scheme:
    def write(source: Path, target: Path) -> None:
        settings = DefaultWeightOnlyQuantConfig(
            block_size=size, is_symmetric=True, accuracy_level=4, bits=bits
        )
        quantiser = MatMulNBitsQuantizer(onnx.load(source), algo_config=settings)
        quantiser.process()
        target.write_bytes(seal(quantiser.model.model.SerializeToString()))

    return write


SCHEMES: dict[str, Scheme] = {
    "dynamic U8S8": dynamic(QuantType.QInt8),
    "dynamic U8S8, 7 bits": dynamic(QuantType.QInt8, reduced=True),
    "dynamic U8U8": dynamic(QuantType.QUInt8),
    "static U8S8": static,
    "blocks of 32, 8 bits": blocks(8, 32),
    "blocks of 128, 8 bits": blocks(8, 128),
    "blocks of 256, 8 bits": blocks(8, 256),
    "blocks of 32, 4 bits": blocks(4, 32),
}


class Spoken(CalibrationDataReader):  # type: ignore[misc]
    """The inputs that a stream of speech feeds to the graph, hop by hop."""

    def __init__(self, path: Path) -> None:
        self.feeds = spoken(a2e.load(path))

    def get_next(self) -> dict[str, NDArray[Any]] | None:
        return next(self.feeds, None)


def spoken(model: a2e.Model) -> Iterator[dict[str, NDArray[Any]]]:
    context, style = model.initial_context(), model.style(None)[None]
    for hop in whole_hops(read_speech(SPEECH, 16_000), model.spec.hop_samples)[:CALIBRATION_HOPS]:
        yield {"audio": hop[None], "style": style, **{CTX + k: v for k, v in context.items()}}
        _, context = model.step(hop[None], style, context)


def work(arguments: argparse.Namespace) -> None:
    emulator = ["qemu-x86_64", "-cpu", arguments.emulate] if arguments.emulate else []
    if emulator and not which(emulator[0]):
        raise BenchmarkError("--emulate needs qemu-x86_64 (Debian's qemu-user), which is not here")
    print(f"{'':10}{'scheme':26}{'mean':>9}{'max':>8}{'lips':>8}{'ms':>8}{'float32':>9}{'MB':>8}")
    for name in arguments.models:
        own = Variant(name, kind="cached", hop=3, lookahead=0)
        variant = shipped(precision="float32") if name == "bundled" else own
        with TemporaryDirectory() as folder:
            compare(variant, Path(folder), emulator)


def compare(variant: Variant, folder: Path, emulator: list[str]) -> None:
    source = file_of(variant)
    paths = {"float32": source, "a2e's int8": file_of(replace(variant, precision="int8"))}
    for name, scheme in SCHEMES.items():
        paths[name] = folder / f"{len(paths)}.onnx"
        scheme(source, paths[name])
    times = hop_times({name: a2e.load(path) for name, path in paths.items()})
    expected = face(source, folder, [], short=bool(emulator))
    for name, path in paths.items():
        facts = {
            "scheme": name,
            "processor": emulator[-1] if emulator else "this one",
            **fidelity(face(path, folder, emulator, short=bool(emulator)), expected),
            "times_float32": round(times["float32"].p50 / times[name].p50, 3),
        }
        row = variant.row("schemes", cores=1, time_ms=times[name], facts=facts)
        row.file_mb = round(path.stat().st_size / 1e6, 2)
        write_row(row)
        print(
            f"{variant.model:10}{name:26}{facts['mean_abs']:9.5f}{facts['max_abs']:8.4f}"
            f"{facts['lowest_lip_correlation']:8.4f}{times[name].p50:8.2f}"
            f"{facts['times_float32']:8.2f}x{row.file_mb:8.1f}"
        )


def face(model: Path, folder: Path, emulator: list[str], *, short: bool) -> Floats:
    """Raw weights of the sample of speech, [n, 52], from a process of its own."""
    output = folder / "face.npy"
    samples = str(SECONDS * 16_000 if short else -1)
    command = [*emulator, sys.executable, "-c", FACE, str(model), str(output), samples]
    subprocess.run(command, check=True)
    weights: Floats = np.load(output)
    return weights


def hop_times(models: dict[str, a2e.Model]) -> dict[str, Samples]:
    """ms of a hop, each model in turn."""
    audio = np.random.default_rng(0).uniform(-0.5, 0.5, (STEPS + 1, 1, 1_600)).astype(np.float32)
    contexts = {name: model.initial_context() for name, model in models.items()}
    taken: dict[str, list[float]] = {name: [] for name in models}
    for number, hop in enumerate(audio):
        for name, model in models.items():
            start = time.perf_counter()
            _, contexts[name] = model.step(hop, model.style(None)[None], contexts[name])
            if number:
                taken[name].append((time.perf_counter() - start) * 1e3)
    return {name: Samples.of(times) for name, times in taken.items()}


def fidelity(weights: Floats, expected: Floats) -> dict[str, float]:
    error = np.abs(weights - expected)
    lips = [
        correlation(weights[:, i], expected[:, i])
        for i, name in enumerate(ARKIT)
        if name in LIPS and expected[:, i].std() >= STILL
    ]
    return {
        "mean_abs": round(float(error.mean()), 6),
        "max_abs": round(float(error.max()), 5),
        "lowest_lip_correlation": round(min(lips, default=1.0), 5),
    }


def main() -> None:
    parser = options(__doc__, models=("bundled", "lam"))
    parser.add_argument("--emulate", metavar="PROCESSOR", help="compute the face on this one")
    run(work, parser)


if __name__ == "__main__":
    main()
