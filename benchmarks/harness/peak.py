"""The machine's limits: products of matrices and reading of memory, measured now.

    python -m benchmarks peak [--cores 1 2]

GFLOP/s count a multiplication and an addition as two. The fastest of the libraries at hand stands
for the machine. Other scripts measure the same in a fresh process before they begin, and tell the
share of it that a graph reaches.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from benchmarks.harness.command import count, options, run
from benchmarks.harness.rows import ROOT, Row, write_row
from benchmarks.harness.system import last_cores, pin

SIZE = 1024
"""Rows and columns of the matrices."""
BLOCK = 128
"""Weights that share a scale."""
READ_BYTES = 1 << 28
SECONDS = 0.5
FLOAT = 1  # ONNX's number of the element type


@dataclass(frozen=True)
class Peak:
    """The speeds that ``cores`` cores reach together."""

    cores: int
    sgemm_gflops: float
    int8_gops: float
    read_gbs: float
    """GB/s of a dot product of more numbers than caches hold."""
    by_library: dict[str, float]
    """sgemm GFLOP/s."""

    def or_better(self, other: Peak) -> Peak:
        """The better of two measurements in each respect: the machine has shown that it can."""
        return replace(
            self if self.sgemm_gflops >= other.sgemm_gflops else other,
            int8_gops=max(self.int8_gops, other.int8_gops),
            read_gbs=max(self.read_gbs, other.read_gbs),
        )

    def limit_ms(self, gmac: float, read_mb: float, *, int8: bool) -> float:
        """The least time of a hop that multiplies ``gmac`` and reads ``read_mb`` of weights."""
        speed = self.int8_gops if int8 else self.sgemm_gflops
        return max(2 * gmac / speed, read_mb / 1e3 / self.read_gbs) * 1e3


def peak_of(cores: int) -> Peak:
    """Measures in a fresh process bound to the machine's last ``cores`` cores."""
    command = [sys.executable, "-m", "benchmarks.harness.peak", "--raw", "--cores", str(cores)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return Peak(**json.loads(result.stdout))


def measure(cores: int) -> Peak:
    """Measures here; binds this process."""
    pin(last_cores(cores))
    import numpy as np

    rng = np.random.default_rng(0)
    a, b = rng.random((2, SIZE, SIZE), np.float32)
    whole = rng.integers(-127, 127, (SIZE, SIZE), np.int8)
    flops = 2 * SIZE**3 / 1e9
    speeds = {"onnxruntime": flops / shortest(session_step(float_graph(b), a, cores))}
    if cores == 1:  # numpy's own thread count is fixed when it is imported
        speeds["numpy"] = flops / shortest(lambda: np.matmul(a, b))
    speeds8 = (
        flops / shortest(session_step(graph, a, cores))
        for graph in (int8_graph(whole), blockwise_graph(whole))
    )
    return Peak(
        cores=cores,
        sgemm_gflops=round(max(speeds.values()), 1),
        int8_gops=round(max(speeds8), 1),
        read_gbs=round(reading(cores), 1),
        by_library={name: round(speed, 1) for name, speed in speeds.items()},
    )


def shortest(step: Callable[[], Any]) -> float:
    """Seconds of the fastest of the calls that ``SECONDS`` hold."""
    step()
    spent: list[float] = []
    while sum(spent) < SECONDS:
        start = time.perf_counter()
        step()
        spent.append(time.perf_counter() - start)
    return min(spent)


def reading(cores: int) -> float:
    """GB/s that ``cores`` threads read together, each its own part."""
    from concurrent.futures import ThreadPoolExecutor

    import numpy as np

    x = np.ones(READ_BYTES // 4, np.float32)
    parts = np.array_split(x, cores)
    with ThreadPoolExecutor(cores) as pool:
        return x.nbytes / 1e9 / shortest(lambda: list(pool.map(lambda part: part.dot(part), parts)))


def session_step(model: bytes, a: Any, threads: int) -> Callable[[], Any]:
    import onnxruntime

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = threads
    settings.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, settings, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, {"a": a})


def float_graph(b: Any) -> bytes:
    from onnx import helper

    return graph_of([helper.make_node("MatMul", ["a", "b"], ["c"])], {"b": b})


def int8_graph(b: Any) -> bytes:
    """A product whose left side is quantised as a whole, on the fly."""
    import numpy as np
    from onnx import helper

    nodes = [
        helper.make_node("DynamicQuantizeLinear", ["a"], ["q", "scale", "zero"]),
        helper.make_node("MatMulInteger", ["q", "b", "zero", "b_zero"], ["sums"]),
        helper.make_node("Cast", ["sums"], ["real"], to=FLOAT),
        helper.make_node("Mul", ["real", "scale"], ["c"]),
    ]
    return graph_of(nodes, {"b": b, "b_zero": np.zeros((), np.int8)})


def blockwise_graph(b: Any) -> bytes:
    """The same with a scale for every block of weights, as int8 model files have it."""
    import numpy as np
    from onnx import helper

    blocks = (SIZE, SIZE // BLOCK)
    weights = (b.view(np.uint8) ^ 128).reshape(*blocks, BLOCK)
    node = helper.make_node(
        "MatMulNBits",
        ["a", "b", "scales"],
        ["c"],
        domain="com.microsoft",
        K=SIZE,
        N=SIZE,
        bits=8,
        block_size=BLOCK,
        accuracy_level=4,
    )
    return graph_of([node], {"b": weights, "scales": np.ones(blocks, np.float32)})


def graph_of(nodes: list[Any], constants: dict[str, Any]) -> bytes:
    from onnx import helper, numpy_helper

    graph = helper.make_graph(
        nodes,
        "peak",
        [helper.make_tensor_value_info("a", FLOAT, [SIZE, SIZE])],
        [helper.make_tensor_value_info("c", FLOAT, [SIZE, SIZE])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
    serialized: bytes = model.SerializeToString()
    return serialized


def work(arguments: argparse.Namespace) -> None:
    if arguments.raw:
        print(json.dumps(asdict(measure(arguments.cores[0]))))
        return
    print(f"{'cores':>5}{'sgemm GFLOP/s':>15}{'int8 GOP/s':>12}{'read GB/s':>11}")
    for cores in arguments.cores:
        peak = peak_of(cores)
        write_row(Row("peak", cores=cores, threads=cores, facts=asdict(peak)))
        print(f"{cores:5}{peak.sgemm_gflops:15}{peak.int8_gops:12}{peak.read_gbs:11}")


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--cores", type=count, nargs="+", default=[1, 2])
    parser.add_argument("--raw", action="store_true", help=argparse.SUPPRESS)
    run(work, parser)


if __name__ == "__main__":
    main()
