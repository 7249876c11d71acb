"""Products are counted from the shapes that a run shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from a2e.data import MODEL
from benchmarks.harness.trace import gmac_of, trace, weight_mb

CONV_MACS = 4 * 8 * (3 * 5)  # outputs [4, 8], kernel [4, 3, 5]
MATMUL_MACS = 4 * 6 * 8


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    """A convolution [1, 3, 12] -> [1, 4, 8] and a product with [8, 6]."""
    weights = {"kernel": np.ones((4, 3, 5), np.float32), "matrix": np.ones((8, 6), np.float32)}
    nodes = [
        helper.make_node("Conv", ["x", "kernel"], ["y"], name="conv"),
        helper.make_node("MatMul", ["y", "matrix"], ["z"], name="product"),
    ]
    found = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3, 12])],
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, ["batch", 4, 6])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    path = tmp_path / "tiny.onnx"
    opsets = [helper.make_opsetid("", 20)]
    onnx.save(helper.make_model(found, opset_imports=opsets, ir_version=10), path)
    return path


def test_products_and_weights(graph: Path) -> None:
    assert gmac_of(graph) * 1e9 == pytest.approx(CONV_MACS + MATMUL_MACS)
    assert weight_mb(graph) * 1e6 == pytest.approx(4 * (4 * 3 * 5 + 8 * 6))


def test_each_hop_has_its_calls(graph: Path) -> None:
    hops = trace(graph, hops=3, warmup=2, optimised=False)
    assert [[call.op for call in hop] for hop in hops] == [["Conv", "MatMul"]] * 3


def test_context_is_carried() -> None:
    assert len({len(hop) for hop in trace(MODEL, hops=2)}) == 1
