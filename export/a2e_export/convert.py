"""LAM checkpoint to one self-describing ONNX file."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

from a2e.files import whole_file
from a2e.shapes import ARKIT
from a2e.spec import Spec
from a2e_export.architecture import build_network, read_config
from a2e_export.checkpoint import read_checkpoint
from a2e_export.errors import ArchitectureError, ConversionError
from a2e_export.network import FPS, SAMPLE_RATE, Architecture
from a2e_export.precision import TOLERANCES, at_precision
from a2e_export.streaming import Graph, make_graph

OPSET = 20
TOOLS = ("a2e", "torch", "onnx", "onnxruntime")


@dataclass(frozen=True)
class Settings:
    """What the user chooses about a model file."""

    kind: str = "recompute"
    """Graph kind: how context is carried (see ``a2e_export.streaming``)."""
    hop: int = 30
    """Frames that one graph call computes; a multiple of 3."""
    lookahead: int = 0
    """Frames held back so that each has that much audio to its right; a multiple of 3."""
    window: int = 64
    """Frames that the network sees at once."""
    style_names: Sequence[str] | None = None
    """Names of the styles; their numbers where none are given."""
    default_style: int = 0
    precision: str = "float32"
    """How weights are stored and computed with (see ``a2e_export.precision``)."""


STAGES = (
    "reading the checkpoint",
    "building the network",
    "exporting to ONNX",
    "comparing with torch",
    "changing the precision",
    "writing",
)


def convert(
    checkpoint: str | Path,
    output: str | Path,
    settings: Settings = Settings(),
    *,
    wav2vec2_config: str | Path | None = None,
    progress: Callable[[str], None] = lambda stage: None,
) -> Spec:
    """Converts ``checkpoint`` to the model file ``output`` and returns its facts.

    ``progress`` is told each of ``STAGES`` as it begins. The file appears when it is whole and
    checked. Raises :class:`a2e_export.errors.ExportError`, and :class:`a2e.OptionError` for
    settings and outputs that can't be.
    """
    stages = iter(STAGES)
    with whole_file(output) as file:
        progress(next(stages))
        source = read_checkpoint(checkpoint)
        progress(next(stages))
        network = build_network(source.tensors, read_config(wav2vec2_config))
        graph = make_graph(network, describe(network.arch, settings, source.sha256))
        progress(next(stages))
        model = export_graph(graph)
        progress(next(stages))
        check(model, graph, TOLERANCES["float32"])
        progress(next(stages))
        if settings.precision != "float32":
            model = at_precision(model, settings.precision)
            check(model, graph, TOLERANCES[settings.precision], outputs=1)
        progress(next(stages))
        onnx.helper.set_model_props(model, graph.spec.to_metadata())
        file.write(model.SerializeToString())
    return graph.spec


def describe(arch: Architecture, settings: Settings, sha256: str) -> Spec:
    """The facts that the file will say of itself."""
    names = tuple(settings.style_names or map(str, range(arch.styles)))
    if len(names) != arch.styles:
        raise ArchitectureError(
            f"the checkpoint has {arch.styles} styles; got {len(names)} names: {', '.join(names)}"
        )
    if arch.shapes != len(ARKIT):
        raise ArchitectureError(
            f"the checkpoint gives {arch.shapes} weights a frame; ARKit has {len(ARKIT)} shapes"
        )
    return Spec(
        kind=settings.kind,
        sample_rate=SAMPLE_RATE,
        fps=FPS,
        hop=settings.hop,
        lookahead=settings.lookahead,
        window=settings.window,
        styles=names,
        default_style=settings.default_style,
        shapes=ARKIT,
        precision=settings.precision,
        source_sha256=sha256,
        tools={tool: version(tool) for tool in TOOLS},
    )


def export_graph(graph: Graph) -> onnx.ModelProto:
    """The graph as a checked ONNX model with a dynamic batch."""
    inputs = ["audio", "style", *(f"ctx.{name}" for name in graph.context_shapes)]
    outputs = ["weights", *(f"next.{name}" for name in graph.context_shapes)]
    batch = torch.export.Dim("batch")
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's own deprecations
        program = torch.onnx.export(
            graph,
            graph.example_inputs(),
            input_names=inputs,
            output_names=outputs,
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
    model = strip(program.model_proto)
    onnx.checker.check_model(model)
    return model


def strip(model: onnx.ModelProto) -> onnx.ModelProto:
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
    """Raises :class:`ConversionError` unless ONNX gives what torch gives, for one and for many.

    Compares the first ``outputs`` outputs; the weights come first, then the context.
    """
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    names = [tensor.name for tensor in session.get_inputs()]
    for batch in (1, 3):
        inputs = graph.example_inputs(batch, seed=batch)
        with torch.inference_mode():
            expected = graph(*inputs)[:outputs]
        feeds = {name: tensor.numpy() for name, tensor in zip(names, inputs, strict=True)}
        found = session.run(None, feeds)[:outputs]
        error = max(np.abs(f - e.numpy()).max() for f, e in zip(found, expected, strict=True))
        if not error <= tolerance:
            raise ConversionError(
                f"the ONNX graph differs from torch by {error:.2g} (at most {tolerance:.0e} is "
                "allowed); nothing was written"
            )
