"""The formats in which a model file stores its weights and computes with them.

=============  ==========================================================================
``float32``    everything in float32
``int8``       products with constant weights in 8 bits: weights in blocks, each with its own
               scale, and the other operand quantised on the fly, row by row and block
               by block, so that no stream of a batch and no frame depends on another's loudness
``float16``    weights stored in half precision, computed with in float32: ONNX Runtime widens them
               when it loads the file, which is half as large
=============  ==========================================================================
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from a2e.errors import OptionError

BLOCK_SIZES = (256, 128, 64)
"""Rows of weights that share a scale: the first of these that divides a product's depth. Products
that none divides stay float32: they are the smallest."""
ACCURACY_LEVEL = 4  # of MatMulNBits: the other operand in 8 bits too
MICROSOFT = "com.microsoft"


def to_int8(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with its products in 8 bits."""
    graph = model.graph
    weights = {tensor.name: tensor for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "MatMul" and node.input[1] in weights:
            weight = numpy_helper.to_array(weights[node.input[1]])
            block = next((block for block in BLOCK_SIZES if len(weight) % block == 0), None)
            if weight.ndim == 2 and block:
                graph.initializer.extend(quantise_product(node, weight, block))
    remove_unused(graph)
    model.opset_import.append(helper.make_opsetid(MICROSOFT, 1))
    return model


def remove_unused(graph: onnx.GraphProto) -> None:
    """Removes the constants that no node reads."""
    names = {name for node in graph.node for name in node.input}
    constants = [tensor for tensor in graph.initializer if tensor.name in names]
    del graph.initializer[:]
    graph.initializer.extend(constants)


def quantise_product(
    node: onnx.NodeProto, weight: NDArray[np.float32], block: int
) -> list[onnx.TensorProto]:
    """Turns a MatMul with ``weight`` [K, N] into a MatMulNBits; returns its constants."""
    name = node.input[1]
    steps, scales = quantise(weight, block)
    tensors: dict[str, NDArray[Any]] = {f"{name}.int8": steps, f"{name}.scales": scales}
    depth, width = weight.shape
    node.CopyFrom(
        helper.make_node(
            "MatMulNBits",
            [node.input[0], *tensors],
            node.output,
            name=node.name,
            domain=MICROSOFT,
            K=depth,
            N=width,
            bits=8,
            block_size=block,
            accuracy_level=ACCURACY_LEVEL,
        )
    )
    return [numpy_helper.from_array(array, name) for name, array in tensors.items()]


def quantise(
    weight: NDArray[np.float32], block: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Weights [K, N] as steps of their block's scale, and the scales.

    Steps are uint8 [N, K / block, block], 128 for 0; scales float32 [N, K / block], the weight of
    one step.
    """
    blocks = blocks_of(weight, block)
    scales: NDArray[np.float32] = np.abs(blocks).max(axis=2) / np.float32(127)
    steps = blocks / np.where(scales == 0, 1, scales)[:, :, None]
    return (np.round(steps) + 128).astype(np.uint8), scales


def blocks_of(weight: NDArray[np.float32], block: int) -> NDArray[np.float32]:
    """[K, N] -> [N, K / block, block]."""
    return weight.T.reshape(weight.shape[1], -1, block)


def to_float16(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with its matrices stored in half precision and widened before use."""
    graph = model.graph
    casts = []
    for tensor in graph.initializer:
        weight = numpy_helper.to_array(tensor)
        if weight.dtype == np.float32 and weight.ndim > 1:
            wide, narrow = tensor.name, f"{tensor.name}.float16"
            tensor.CopyFrom(numpy_helper.from_array(weight.astype(np.float16), narrow))
            casts.append(helper.make_node("Cast", [narrow], [wide], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    return model


def change_precision(model: onnx.ModelProto, precision: str) -> onnx.ModelProto:
    """A float32 model in another precision, changed in place.

    Raises :class:`OptionError` for an unknown precision.
    """
    if precision not in CONVERSIONS:
        raise OptionError(f"precision must be float32, {', '.join(CONVERSIONS)}; got {precision!r}")
    return CONVERSIONS[precision](model)


CONVERSIONS: dict[str, Callable[[onnx.ModelProto], onnx.ModelProto]] = {
    "int8": to_int8,
    "float16": to_float16,
}
TOLERANCES = {"float32": 1e-4, "int8": 0.1, "float16": 0.02}
"""Largest difference between torch's weights and a file's that a conversion may show; in float32
also of the context's tensors."""
