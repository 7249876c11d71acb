"""A graph's work node by node: ONNX Runtime's own trace of a few hops, and products counted."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime

from a2e.graph import session_options

PRODUCTS = ("MatMul", "MatMulInteger", "FusedMatMul", "MatMulIntegerToFloat", "QLinearMatMul")
DYNAMIC_PRODUCTS = ("DynamicQuantizeMatMul", "MatMulNBits", "Gemm", "FusedGemm")
CONVOLUTIONS = ("Conv", "FusedConv", "ConvInteger", "NhwcConv", "QLinearConv")
ATTENTIONS = ("MultiHeadAttention", "Attention", "GroupQueryAttention")
ENDING = "_kernel_time"
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Call:
    """One node's work in one hop."""

    name: str
    op: str
    ms: float
    inputs: tuple[Shape, ...]
    """Shapes of the inputs that are not packed away."""
    output: Shape
    threads: str
    """The runtime's note of how threads shared it."""


def trace(
    path: Path, *, threads: int = 1, hops: int = 1, warmup: int = 0, optimised: bool = True
) -> list[list[Call]]:
    """The calls of each of ``hops`` hops on noise, contexts carried, after ``warmup`` others."""
    with tempfile.TemporaryDirectory() as folder:
        options = session_options(onnxruntime, threads)
        options.enable_profiling = True
        options.profile_file_prefix = str(Path(folder) / "trace")
        if not optimised:
            options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
        step = stepper(session)
        for _ in range(warmup + hops):
            step()
        events = json.loads(Path(session.end_profiling()).read_text())
    return split(events)[warmup:]


def stepper(session: onnxruntime.InferenceSession) -> Callable[[], None]:
    """A function that computes a hop for one voice, whatever the file's inputs."""
    rng = np.random.default_rng(0)
    feeds = {
        tensor.name: rng.random([d if isinstance(d, int) else 1 for d in tensor.shape], np.float32)
        for tensor in session.get_inputs()
    }
    outputs = [tensor.name for tensor in session.get_outputs()]

    def step() -> None:
        results = dict(zip(outputs, session.run(outputs, feeds), strict=True))
        for name, value in results.items():
            if name.startswith("next."):
                feeds["ctx." + name.removeprefix("next.")] = value

    return step


def split(events: Sequence[Mapping[str, Any]]) -> list[list[Call]]:
    """The trace's node events by hop; a hop ends with the event of the run as a whole."""
    nodes = sorted(
        (e for e in events if e["cat"] == "Node" and e["name"].endswith(ENDING)),
        key=lambda e: e["ts"],
    )
    ends = sorted(e["ts"] + e["dur"] for e in events if e["name"] == "model_run")
    hops: list[list[Call]] = [[] for _ in ends]
    number = 0
    for event in nodes:
        while event["ts"] > ends[number]:
            number += 1
        hops[number].append(call_of(event))
    return hops


def call_of(event: Mapping[str, Any]) -> Call:
    details = event["args"]
    outputs = shapes_of(details.get("output_type_shape", ()))
    return Call(
        name=event["name"].removesuffix(ENDING),
        op=details["op_name"],
        ms=event["dur"] / 1e3,
        inputs=shapes_of(details.get("input_type_shape", ())),
        output=outputs[0] if outputs else (),
        threads=str(details.get("thread_scheduling_stats", "")),
    )


def shapes_of(details: Sequence[Mapping[str, Sequence[int]]]) -> tuple[Shape, ...]:
    return tuple(tuple(shape) for item in details for shape in item.values())


def gmac_of(path: Path) -> float:
    """10^9 multiplications with addition that a hop of one voice takes, by the file's own nodes:
    matrix products, convolutions and attention. Everything else is left out."""
    weights = weight_shapes(path)
    (calls,) = trace(path, optimised=False)
    return sum(macs(call, weights) for call in calls) / 1e9


def macs(call: Call, weights: Mapping[str, Sequence[Shape]]) -> int:
    """Multiplications of one call; 0 for what is no product."""
    if call.op in PRODUCTS + DYNAMIC_PRODUCTS:
        return math.prod(call.output) * call.inputs[0][-1]
    if call.op in CONVOLUTIONS:
        kernel = (*weights.get(call.name, ()), *call.inputs[1:2])[0]
        return math.prod(call.output) * math.prod(kernel[1:])
    if call.op in ATTENTIONS:
        batch, queries, width = call.inputs[0][:3]
        keys = call.inputs[1][1] if len(call.inputs[1]) == 3 else call.inputs[1][2]
        return 2 * batch * queries * keys * width
    return 0


def weight_shapes(path: Path) -> dict[str, list[Shape]]:
    """Shapes of the constants of three or more dimensions that each named node takes."""
    model = onnx.load(path, load_external_data=False)
    shapes = {item.name: tuple(item.dims) for item in model.graph.initializer if len(item.dims) > 2}
    return {
        node.name: [shapes[name] for name in node.input if name in shapes]
        for node in model.graph.node
    }


def weight_mb(path: Path) -> float:
    """MB of a file's constants: what a hop has to read at least once."""
    model = onnx.load(path, load_external_data=False)
    return sum(map(size_of, model.graph.initializer)) / 1e6


def size_of(constant: onnx.TensorProto) -> int:
    """Bytes of a constant as it is computed with: float16 is widened when a file is loaded."""
    element = onnx.helper.tensor_dtype_to_np_dtype(constant.data_type)
    elements: int = math.prod(constant.dims)
    return elements * (4 if element == np.float16 else int(element.itemsize))
