"""A streaming graph as an ONNX model, and its comparison with torch."""

from __future__ import annotations

import logging
import warnings

import numpy as np
import onnx
import onnxruntime
import torch

from a2e_export.errors import ConversionError
from a2e_export.streaming import Graph

OPSET = 20


def export_graph(graph: Graph) -> onnx.ModelProto:
    """The graph as a checked ONNX model with a dynamic batch."""
    batch = torch.export.Dim("batch")
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's own deprecations
        program = torch.onnx.export(
            graph,
            graph.example_inputs(),
            input_names=["audio", "style", *(f"ctx.{name}" for name in graph.context_shapes)],
            output_names=["weights", *(f"next.{name}" for name in graph.context_shapes)],
            dynamic_shapes=(
                {0: batch},
                {0: batch},
                tuple({0: batch} for _ in graph.context_shapes),
            ),
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    assert program is not None  # dynamo=True without a file name returns one
    model = strip_notes(program.model_proto)
    onnx.checker.check_model(model)
    return model


def strip_notes(model: onnx.ModelProto) -> onnx.ModelProto:
    """Removes the exporter's notes: stack traces with paths of the machine that converts."""
    graph = model.graph
    for part in (graph, *graph.node, *graph.initializer, *graph.input, *graph.output):
        part.ClearField("doc_string")
        part.ClearField("metadata_props")
    graph.ClearField("value_info")
    model.ClearField("metadata_props")
    return model


def check(
    model: onnx.ModelProto, graph: Graph, tolerance: float, outputs: int | None = None
) -> None:
    """Raises :class:`ConversionError` unless ONNX agrees with torch, in batches of one and more.

    Compares the first ``outputs`` outputs; the weights come first, then the context.
    """
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    error = np.max([largest_difference(session, graph, batch, outputs) for batch in (1, 3)])
    if not error <= tolerance:
        raise ConversionError(
            f"the ONNX graph differs from torch by {error:.2g} (at most {tolerance:.0e} is "
            "allowed); nothing was written"
        )


def largest_difference(
    session: onnxruntime.InferenceSession, graph: Graph, batch: int, outputs: int | None = None
) -> float:
    """Largest absolute difference in the first ``outputs`` outputs, on a graph's example inputs.

    NaN where an output holds one.
    """
    names = [tensor.name for tensor in session.get_inputs()]
    inputs = graph.example_inputs(batch, seed=batch)
    with torch.inference_mode():
        expected = graph(*inputs)[:outputs]
    feeds = {name: tensor.numpy() for name, tensor in zip(names, inputs, strict=True)}
    results = session.run(None, feeds)[:outputs]
    differences = [np.abs(r - e.numpy()).max() for r, e in zip(results, expected, strict=True)]
    return float(np.max(differences))
